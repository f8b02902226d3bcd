//! Orders by file.

super::texts! {
    /// Many orders in one file.
    BatchWords {
        title: "批量办理" / "Orders by file";
        lead: "下载模板，每行填写一笔，一次上传。每行单独下单，按企业的复核规则处理。" / "Fill in the template, one order a line, and hand it in. Each line is an order of its own, checked by the rules of the organisation.";
        none: "还没有批量文件" / "There are no files yet";
        new: "新的批量文件" / "A new file";
        choose: "选择业务" / "Choose a service";
        choose_lead: "以下业务可用余额批量办理。" / "These can be ordered by file, paid from the balance.";
        choose_none: "目前没有可批量办理的业务。" / "Nothing can be ordered by file at the moment.";
        columns: "各列怎么填" / "What goes into the columns";
        column: "列" / "Column";
        how: "说明" / "How";
        required: "必填" / "Required";
        optional: "选填" / "Optional";
        file: "CSV文件" / "CSV file";
        file_hint: "最多 500 行、1 MB，编码为UTF-8或GBK，第一行为表头" / "At most 500 lines and 1 MB, in UTF-8 or GBK. The first line names the columns";
        file_wrong: "选择要上传的文件" / "Choose the file";
        back_choose: "换一项业务" / "Another service";
        btn_new: "上传文件" / "Hand in a file";
        btn_template: "下载模板" / "Get the template";
        btn_upload: "上传并检查" / "Check the file";
        btn_submit: "提交可办的行" / "Order what is ready";
        btn_discard: "删除文件" / "Delete the file";
        btn_mend: "修改" / "Change";
        btn_save: "保存并检查" / "Save and check";
        btn_keep: "仍然办理" / "Order anyway";
        btn_results: "下载办理结果" / "Get the results";
        btn_refresh: "刷新进度" / "Refresh";
        btn_agree_all: "通过全部" / "Approve all";
        btn_agree: "通过所选" / "Approve chosen";
        btn_return_all: "退回全部" / "Return all";
        btn_return: "退回所选" / "Return chosen";
        known: "这份文件已上传过，不会重复办理。以下是它的进度。" / "This file was handed in before. Nothing is ordered twice. This is how it stands.";
        overview: "概况" / "Overview";
        service: "业务" / "Service";
        maker: "上传人" / "Handed in by";
        made: "上传时间" / "Handed in";
        submitted: "提交时间" / "Submitted";
        to_order: "待提交金额" / "To be ordered";
        total: "已下单金额" / "Ordered";
        lines: "各行" / "Lines";
        line: "行" / "Line";
        content: "内容" / "Content";
        amount: "金额" / "Amount";
        state: "状态" / "State";
        note: "说明" / "Note";
        order: "订单号" / "Order";
        approval: "去复核" / "Approval";
        open: "待提交" / "Not submitted";
        placing: "提交中" / "Being submitted";
        done: "全部下单" / "All ordered";
        state_wrong: "需修改" / "Needs a change";
        state_ready: "可提交" / "Ready";
        state_repeated: "重复待确认" / "Repeated";
        state_ordered: "已下单" / "Ordered";
        state_refused: "未受理" / "Not accepted";
        waits: "待复核" / "Waits for approval";
        yours: "待您复核" / "For you";
        approved: "复核通过" / "Approved";
        returned: "已退回" / "Returned";
        ended: "复核已结束" / "Ended";
        placing_title: "正在逐行提交，本页会自动刷新" / "The lines are being ordered. This page renews itself";
        stopped_forbidden: "提交中断：上传人已不能为企业下单" / "It stopped: whoever handed it in may not order for the organisation any more";
        stopped_proof: "提交中断：身份确认已过期，再次提交时重新确认" / "It stopped: the proof of who you are has expired. Submit again to renew it";
        stopped_gone: "提交中断：这项业务已停办" / "It stopped: the service is not offered any more";
        keep_all: "文件内容都已保存，修改后再提交即可，已下单的行不会重复。" / "Everything in the file is kept. Change it and submit again; what was ordered is not ordered twice.";
        check_title: "复核" / "Check";
        check_lead: "勾选要处理的行，或一次处理全部。" / "Choose lines, or decide about all at once.";
        reason: "退回原因" / "Why it is returned";
        reason_hint: "退回时填写，5 至 200 个字，提交人会看到" / "For a return, 5 to 200 characters; whoever made it reads it";
        pick_wrong: "先勾选要处理的行" / "Choose the lines first";
        mend_title: "修改一行" / "Change a line";
        repeated_lead: "内容与另一行相同。确实要再办一次，选“仍然办理”。" / "It is the same as another line. If it is meant twice, choose Order anyway.";
        not_offered: "这项业务已不能批量办理，未下单的行无法再提交。" / "This service cannot be ordered by file any more. What was not ordered cannot be submitted.";
    }
    fns {
        counts(ordered: i64, all: i64): "已下单 {ordered} 行，共 {all} 行" / "{ordered} of {all} lines ordered";
        wrong(count: i64): "{count} 行需修改" / "{count} need a change";
        repeated(count: i64): "{count} 行重复待确认" / "{count} repeated";
        refused(count: i64): "{count} 行未受理" / "{count} not accepted";
        ready(count: i64): "{count} 行可提交" / "{count} ready";
        of_line(line: i64): "第 {line} 行" / "Line {line}";
        decided(count: &str): "已处理 {count} 行" / "{count} lines were decided";
        not_decided(count: &str): "另有 {count} 行没有处理，可能同事已先处理，核对后再操作" / "{count} more were not decided; a colleague may have been faster. Look again";
        mine(count: usize): "有 {count} 行待您复核" / "{count} lines wait for you";
    }
}
