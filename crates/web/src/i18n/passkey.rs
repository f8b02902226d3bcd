//! Passkeys: signing in with them, adding and removing them.

super::texts! {
    /// Words of everything about passkeys.
    PasskeyWords {
        title: "通行密钥" / "Passkeys";
        lead: "用指纹、面容或锁屏密码登录，不用记密码，也骗不走。" / "Sign in with your fingerprint, face or screen lock: nothing to remember, nothing to be tricked out of.";
        none: "还没有通行密钥。" / "No passkeys yet.";
        add: "添加通行密钥" / "Add a passkey";
        add_lead: "会保存在这台设备或您的密码管理器里。" / "It is kept on this device or in your password manager.";
        name: "名字" / "Name";
        name_hint: "方便您认出它，例如我的手机" / "So that you know which it is, like My phone";
        btn_add: "添加通行密钥" / "Add a passkey";
        btn_sign_in: "用通行密钥登录" / "Sign in with a passkey";
        btn_prove: "用通行密钥确认" / "Confirm with a passkey";
        btn_rename: "改名" / "Rename";
        btn_remove: "移除" / "Remove";
        btn_confirm_remove: "确认移除" / "Remove it";
        keep: "保留" / "Keep it";
        remove_title: "移除这个通行密钥？" / "Remove this passkey?";
        remove_note: "移除后不能再用它登录。设备里保存的那一份，可在设备的密码设置中删除。" / "It will sign in no more. The copy on your device can be deleted in the device's password settings.";
        added: "通行密钥已添加，下次可直接用它登录" / "Passkey added. Next time you can sign in with it";
        renamed: "名字已保存" / "Name saved";
        removed: "通行密钥已移除" / "Passkey removed";
        created: "添加于" / "Added";
        used: "最近使用" / "Last used";
        never_used: "尚未使用" / "Not used yet";
        synced: "多设备同步" / "Synced";
        suspect: "可能被复制" / "May be copied";
        suspect_note: "有通行密钥的使用次数与记录不符，可能被复制过。不放心时移除它，再重新添加。" / "A passkey does not count as it should and may have been copied. If in doubt, remove it and add a new one.";
        proof_first: "添加或移除前，先确认是您本人。" / "Confirm that it is you before adding or removing.";
        btn_prove_first: "确认是本人" / "Confirm it is you";
        full: "已有 10 个通行密钥，移除一个后才能再添加。" / "You have ten passkeys. Remove one to add another.";
        no_party: "这个网址不能用通行密钥：它需要域名和加密连接（https），IP 地址不行。可继续用密码或验证码登录。" / "Passkeys do not work at this address: they need a domain name and an encrypted connection (https), not an IP address. Use your password or a code.";
        no_script: "通行密钥需要浏览器脚本，当前已关闭。可用密码或验证码登录。" / "Passkeys need scripts, which are off in this browser. Use your password or a code.";
        no_script_add: "添加通行密钥需要浏览器脚本，当前已关闭。改名和移除不受影响。" / "Adding a passkey needs scripts, which are off in this browser. Renaming and removing work.";
        unsupported: "这个浏览器不支持通行密钥，可用密码或验证码。" / "This browser does not support passkeys. Use your password or a code.";
        prompt: "按设备的提示操作" / "Follow your device";
        checking: "正在确认" / "Checking";
        cancelled: "没有完成，可再试一次或换一种方式。" / "That was not completed. Try again or use another way.";
        known: "这台设备已有您的通行密钥。" / "This device already has a passkey of yours.";
        failed: "没能完成，可再试一次或换一种方式。" / "That did not work. Try again or use another way.";
        other_factor: "换一种方式" / "Another way";
        sign_in_again: "登录已超过 5 分钟，退出后重新登录，再添加。" / "You signed in more than five minutes ago. Sign in again, then add it.";
    }
    fns {
        rename_what(name: &str): "给{name}改名" / "Rename {name}";
        remove_what(name: &str): "移除{name}" / "Remove {name}";
    }
}
