//! Pages for what went wrong (W7): what happened, whether money moved, what to do next.

super::texts! {
    /// Pages for what went wrong.
    Problem {
        not_found: "没有找到这一页" / "This page is not here";
        not_found_body: "地址可能有误，或内容已经移走。可以搜一下您要办的业务。" / "The address may be mistyped, or the page has moved. Search for what you need.";
        forbidden: "您没有权限打开这一页" / "You may not open this page";
        forbidden_body: "需要更高的权限。如果工作需要，可向管理员申请。" / "A wider role is needed. If your work needs it, ask an administrator.";
        failed: "系统没有处理成功" / "We could not process this";
        failed_body: "问题已经记录，可以稍后重试。" / "It has been recorded. You can try again later.";
        money_safe: "这一步没有扣款。已有订单以订单页的记录为准。" / "No money was taken in this step. Your orders page always shows what is true.";
        unavailable: "现在办理的人较多" / "It is busy right now";
        unavailable_body: "稍候再试，已提交的订单不受影响。" / "Try again in a moment. Orders already placed are safe.";
        limited: "操作太频繁" / "Too many tries";
        conflict: "情况有变，没有提交" / "Something changed; nothing was submitted";
        invalid: "提交的内容有误" / "Something in the form is not right";
        unauthenticated: "登录后继续" / "Sign in to go on";
        unauthenticated_body: "登录后会回到这一页，填写的内容不会丢。" / "You will come back to this page and nothing you filled in is lost.";
        offline: "网络已断开" / "You are offline";
        offline_body: "联网后刷新此页即可继续。" / "Reload this page once you are back online.";
        code: "编号" / "Code";
    }
    fns {
        retry_in(seconds: i64): "{seconds} 秒后再试" / "Try again in {seconds} seconds";
        needs_role(role: &str): "需要的角色：{role}" / "Role needed: {role}";
    }
}
