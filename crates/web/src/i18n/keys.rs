//! Programs of integrators and their keys.

super::texts! {
    /// Clients and keys, for their owners and for staff.
    KeyWords {
        title: "接口密钥" / "API keys";
        lead: "让您的程序代您办理业务。密钥的权限不会超过您自己，且不能做需要确认身份的操作。" / "Let your programs act for you. A key never may more than you, and nothing that needs a proof of who you are.";
        none: "还没有密钥" / "No keys yet";
        new: "新建应用与密钥" / "New client and key";
        name: "应用名称" / "Name of the client";
        name_hint: "例如 收银系统" / "Like: till system";
        scopes: "权限范围" / "Scopes";
        days: "有效天数" / "Days the key lives";
        days_hint: "1 至 365 天" / "1 to 365 days";
        btn_new: "生成密钥" / "Make the key";
        key: "密钥" / "Key";
        ends_with: "结尾为" / "ends with";
        created: "创建" / "Made";
        expires: "到期" / "Expires";
        used: "最近使用" / "Last used";
        never: "从未" / "Never";
        btn_rotate: "轮换密钥" / "Rotate";
        rotate_note: "新密钥立即可用，旧密钥 7 天后失效。" / "The new key works at once; the old ones end after 7 days.";
        btn_end: "停用此密钥" / "End this key";
        btn_revoke: "停用应用" / "Revoke the client";
        revoked: "已停用" / "Revoked";
        active: "使用中" / "Active";
        once_title: "保存密钥" / "Keep this key";
        once: "密钥只显示这一次" / "The key is shown only now";
        client_id: "应用编号（client_id）" / "Client (client_id)";
        secret: "密钥（client_secret）" / "Key (client_secret)";
        how: "直接作为 Bearer 令牌使用，或在 /oauth/token 换取一小时的访问令牌。" / "Use it as a bearer token, or exchange it at /oauth/token for an access token of one hour.";
        done: "已保存" / "Saved";
        owner: "所有者" / "Owner";
        party: "为谁办理" / "Acts for";
        state: "状态" / "State";
        act: "操作" / "Action";
        console_title: "接口密钥" / "API keys";
    }
}
