//! Real names: the customer's pages and the desk that reviews documents.

super::texts! {
    /// Words of `/me/identity`.
    IdentityWords {
        title: "实名认证" / "Verify your identity";
        lead: "认证一次，以后办理需要实名的业务不用再填" / "Once verified, services that need your identity do not ask again";
        level: "当前等级" / "Your level";
        level_0: "0 级·未认证" / "Level 0 · not verified";
        level_1: "1 级·联系方式已验证" / "Level 1 · contact verified";
        level_2: "2 级·姓名与证件号码已核验" / "Level 2 · name and number checked";
        level_3: "3 级·证件已由人工审核" / "Level 3 · documents reviewed";
        how_1: "验证手机号或邮箱" / "Verify your phone or e-mail";
        how_2: "填写姓名和证件号码，交核验机构比对" / "Enter name and identity number; a provider checks them";
        how_3: "上传证件正反面，由工作人员审核" / "Upload both sides of your document; our staff look at them";
        levels: "等级与可办业务" / "Levels and what they open";
        opens_all: "其余业务都不需要" / "All other services need none";
        opens_none: "现有业务都不需要" / "No service needs it now";
        reached: "已达到" / "Reached";
        name: "姓名" / "Name";
        name_hint: "与证件上的一致" / "As on your document";
        number: "证件号码" / "Identity number";
        number_hint: "居民身份证、港澳台居民居住证或外国人永久居留身份证，18 位" / "Resident identity card, residence permit or permanent residence card, 18 characters";
        holder_citizen: "居民身份证" / "Resident identity card";
        holder_residence_permit: "港澳台居民居住证" / "Residence permit";
        holder_foreign_resident: "外国人永久居留身份证" / "Permanent residence card";
        holder: "证件" / "Document";
        proved: "认证时间" / "Verified";
        check: "核验姓名与证件号码" / "Check name and number";
        consent_check: "我单独同意为实名认证处理我的姓名和证件号码：交核验机构比对，加密保存，撤回同意或注销账号时删除，不作他用" / "I separately agree that my name and identity number are handled to verify my identity: checked with a provider, kept encrypted, erased when I withdraw or close the account, used for nothing else";
        consent_documents: "我单独同意为实名认证处理我的姓名、证件号码和证件照片：由工作人员核对，加密保存，审核后按期删除照片，不作他用" / "I separately agree that my name, identity number and photos of my document are handled to verify my identity: looked at by staff, kept encrypted, the photos erased on time after the decision, used for nothing else";
        consent_note: "不同意不影响办理不需要实名的业务" / "Without it you can still use every service that needs no verified identity";
        btn_check: "同意并核验" / "Agree and check";
        running: "正在核验" / "Being checked";
        running_lead: "核验机构还没有答复，有结果会发消息给您，可以先离开" / "The provider has not answered yet. We will send you a message, you can leave this page";
        not_offered: "本站未接通自动核验，可上传证件由人工审核" / "There is no automatic check here. Upload your documents instead";
        done_match: "核验一致，实名认证已通过" / "They belong together: your identity is verified";
        done_documents: "证件已提交，有结果会通知您" / "Your documents are in. We will tell you the result";
        done_withdrawn: "已撤回，姓名、证件号码和照片都已删除" / "Withdrawn. Name, number and photos are erased";
        failed_mismatch: "姓名与证件号码不一致，核对后可再试" / "Name and number do not belong together. Check them and try again";
        failed_not_found: "没有查到这个证件号码，核对后可再试，或上传证件" / "The number was not found. Check it and try again, or upload your documents";
        failed_unavailable: "核验机构没有应答，这次不计次数，可稍后再试" / "The provider did not answer. This try does not count. Try again later";
        failed_taken: "该身份已在其他账号认证，可登录那个账号，或把两个账号合并" / "This person has another account already. Sign in there, or merge the two accounts";
        merge: "合并账号" / "Merge accounts";
        state_asking: "核验中" / "Being checked";
        state_match: "一致" / "Match";
        state_mismatch: "不一致" / "No match";
        state_not_found: "未查到" / "Not found";
        state_unavailable: "无应答" / "No answer";
        state_taken: "已有账号" / "Other account";
        state_withdrawn: "已撤回" / "Withdrawn";
        state_waiting: "审核中" / "Under review";
        state_approved: "已通过" / "Approved";
        state_rejected: "未通过" / "Not approved";
        no_tries: "今天的核验次数已用完，可明天再试或上传证件" / "No checks are left for today. Try again tomorrow, or upload your documents";
        documents: "上传证件" / "Upload documents";
        documents_lead: "JPG、PNG 或 PDF，每个小于 10 MB；四角完整、字迹清楚、没有反光" / "JPG, PNG or PDF, under 10 MB each; all four corners, sharp, without glare";
        front: "人像面或首页" / "Side with the photo";
        back: "国徽面或背面" / "Other side";
        btn_upload: "同意并提交" / "Agree and submit";
        btn_documents: "去上传证件" / "Upload documents";
        btn_again: "重新提交" / "Hand in again";
        waiting: "证件正在审核" / "Your documents are being reviewed";
        waiting_lead: "工作时间内通常一天完成，有结果会发消息给您" / "Usually within one working day. We will send you a message";
        rejected: "证件未通过审核" / "Your documents were not approved";
        grounds_unreadable: "看不清楚：模糊、缺角、遮挡或反光" / "They cannot be read: blurred, cut off, covered or with glare";
        grounds_incomplete: "缺少一面，或不是要求的证件" / "A side is missing, or it is another document";
        grounds_differs: "与填写的姓名或号码不一致" / "Name or number differ from what you entered";
        grounds_expired: "证件已过有效期" / "The document is no longer valid";
        grounds_doubtful: "无法确认证件真实" / "We cannot be sure that it is genuine";
        remark: "审核说明" / "What the reviewer says";
        history: "认证记录" / "History";
        history_empty: "还没有记录" / "Nothing yet";
        kind_check: "姓名核验" / "Name check";
        kind_documents: "证件审核" / "Documents";
        withdraw: "撤回同意" / "Withdraw your consent";
        withdraw_sure: "撤回实名认证？" / "Withdraw your verification?";
        withdraw_erases: "姓名、证件号码和证件照片立即删除，不能恢复" / "Name, number and photos are erased at once, for good";
        withdraw_level: "等级降回联系方式的等级，需要实名的业务不能再下单" / "Your level falls back; services that need your identity cannot be ordered";
        withdraw_orders: "已下的订单不受影响" / "Orders placed already are not affected";
        btn_withdraw: "撤回并删除" / "Withdraw and erase";
        btn_go_on: "继续办理" / "Go on with your order";
        btn_verify: "去认证" / "Verify your identity";
        not_filled: "已删除" / "Erased";
        shortcut_hint: "等级、核验、上传证件" / "Level, checks, documents";
    }
    fns {
        left(count: i64): "今天还可核验 {count} 次" / "{count} checks left today";
        needs(level: &str): "需要{level}" / "Needs {level}";
    }
}

super::texts! {
    /// Words of `/console/identities`.
    IdentityDesk {
        title: "证件审核" / "Identity documents";
        queue: "待审核" / "Waiting";
        approved: "已通过" / "Approved";
        rejected: "未通过" / "Not approved";
        withdrawn: "已撤回" / "Withdrawn";
        empty: "没有待审核的证件" / "No documents wait";
        empty_other: "这里还没有" / "Nothing here yet";
        one: "证件" / "Documents";
        number: "编号" / "Number";
        customer: "客户" / "Customer";
        name: "姓名" / "Name";
        id_number: "证件号码" / "Identity number";
        holder: "证件种类" / "Kind of document";
        submitted: "提交时间" / "Handed in";
        state: "状态" / "State";
        opened_by: "正在查看" / "Being looked at by";
        decided: "处理时间" / "Decided";
        given: "填写的内容" / "What was entered";
        files: "证件" / "Files";
        front: "人像面" / "Side with the photo";
        back: "国徽面" / "Other side";
        closed: "查看姓名、号码和照片需填写原因，每次查看都有记录，15 分钟内有效" / "To see name, number and photos, say why. Every look is recorded. It holds for 15 minutes";
        btn_open: "查看证件" / "Look at them";
        open: "查看" / "Look";
        shown: "姓名和号码已完整显示，离开后重新打码" / "Name and number are shown in full until you leave";
        erased: "照片已按期删除" / "The photos were erased on time";
        btn_download: "下载" / "Download";
        approve: "通过" / "Approve";
        approve_reason: "核对了什么" / "What you checked";
        approve_hint: "例如：照片清晰，姓名、号码与填写一致，在有效期内" / "For example: sharp, name and number as entered, valid";
        btn_approve: "通过" / "Approve";
        reject: "不通过" / "Do not approve";
        grounds: "原因" / "Grounds";
        remark: "给客户的说明" / "What the customer reads";
        remark_hint: "说清楚哪里不行、怎样补，客户会看到" / "Say what is wrong and what to do; the customer reads it";
        btn_reject: "不通过并通知" / "Reject and tell";
        ok_approved: "已通过，客户会收到消息" / "Approved; the customer is told";
        ok_rejected: "未通过，客户会收到消息和原因" / "Not approved; the customer is told why";
        decide: "处理" / "Decide";
        decide_first: "先查看证件，再处理" / "Look at the documents first";
    }
    fns {
        alt(side: &str, name: &str): "{name}的证件，{side}" / "Document of {name}, {side}";
        size(kb: i64): "{kb} KB" / "{kb} KB";
    }
}
