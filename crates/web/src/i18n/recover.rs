//! Ways back in: a forgotten password, a lost second factor.

super::texts! {
    /// The pages of recovery, for customers and for staff.
    RecoverWords {
        reset: "重设密码" / "Set a new password";
        reset_lead: "我们会向已验证的手机号或邮箱发送验证码。" / "We send a code to your verified phone or e-mail.";
        contact: "手机号或邮箱" / "Mobile number or e-mail";
        btn_get_code: "获取验证码" / "Get a code";
        code: "验证码" / "Code";
        code_hint: "6 位数字，10 分钟内有效" / "6 digits, valid for 10 minutes";
        password: "新密码" / "New password";
        btn_reset: "重设密码" / "Set the password";
        reset_done: "密码已重设，所有设备都已退出登录。" / "The password is set, and every device is signed out.";
        factor_stays: "已开启的双重验证仍然有效，登录时还会用到。" / "Your second factor stays and is asked for when you sign in.";
        to_login: "去登录" / "Sign in";
        demo_outbox: "演示环境的短信和邮件在发件箱中查看。" / "In the demo, messages are in the outbox.";
        demo_link: "打开发件箱" / "Open the outbox";
        lost: "找回双重验证" / "I lost my second factor";
        lost_lead: "先试恢复码。没有恢复码时，可申请由工作人员核实身份后解除双重验证：需两位工作人员同意，且最早 24 小时后生效，期间我们会通知您的所有联系方式。" / "Try a recovery code first. Without one, ask staff to remove the second factor: two of them have to agree, and it takes 24 hours at least. We tell every address of yours at each step.";
        why: "说明情况" / "What happened";
        why_hint: "例如：手机丢失，恢复码也在手机里" / "For example: my phone is lost, and the recovery codes with it";
        btn_ask: "提交申请" / "Send the request";
        waiting: "申请正在核实" / "Your request is being checked";
        waiting_next: "工作人员会通过您的已验证联系方式核实身份。" / "Staff will check who you are at your verified addresses.";
        approved: "申请已通过" / "Your request is approved";
        approved_from: "可以使用的时间" / "Can be used from";
        until: "有效期至" / "Valid until";
        btn_finish: "解除双重验证" / "Remove the second factor";
        finished: "双重验证已解除，请重新登录。" / "The second factor is removed. Sign in again.";
        stop: "阻止解除双重验证" / "Stop the request";
        stop_lead: "不是您申请的？阻止后申请作废，所有设备都会退出登录，建议随后修改密码。" / "Was it not you? Stopping ends the request and signs out every device. Set a new password afterwards.";
        btn_stop: "阻止并全部退出" / "Stop it, sign everything out";
        stopped: "申请已作废。" / "The request is stopped.";
        dead: "这个申请已经结束。" / "This request has ended.";
        back: "返回登录" / "Back to sign-in";
        about: "账号找回" / "Getting back in";
        about_lead: "手机丢失或忘记密码时，靠这些找回账号。两种联系方式都验证过最稳妥。" / "These bring you back when the phone is lost or the password forgotten. Two verified addresses are safest.";
        about_phone: "手机号" / "Mobile number";
        about_email: "邮箱" / "E-mail";
        about_codes: "剩余恢复码" / "Recovery codes left";
        about_new_codes: "查看与更换" / "Manage";
        not_ready: "未验证" / "Not verified";
        desk: "账号恢复" / "Recoveries";
        account: "账号" / "Account";
        state: "状态" / "State";
        asked: "申请时间" / "Asked";
        first: "第一位" / "First";
        second: "第二位" / "Second";
        s_waiting: "待核实" / "Waiting";
        s_approved: "已通过" / "Approved";
        s_refused: "未通过" / "Refused";
        s_stopped: "本人阻止" / "Stopped by its owner";
        s_done: "已解除" / "Done";
        decide: "核实与决定" / "Check and decide";
        decide_note: "先用另一种方式联系本人核实身份，写明怎样核实的。需要两位不同的同事同意。" / "Reach the person in another way first, and write down how you checked. Two different colleagues have to agree.";
        btn_approve: "核实无误，同意" / "Checked, agree";
        btn_refuse: "不同意" / "Refuse";
    }
    fns {
        password_hint(least: usize): "至少 {least} 个字符，可用一句话；开启了两步验证的账号至少 8 个" / "At least {least} characters; a sentence is fine; 8 with a second step";
        sent(to: &str): "如果{to}是某个账号的已验证联系方式，验证码已发出。" / "If {to} is a verified address of an account, a code is on its way.";
    }
}
