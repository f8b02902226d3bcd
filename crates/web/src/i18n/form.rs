//! The words of form controls and their errors (F1–F6).

super::texts! {
    /// The words of form controls and the errors that any form may show.
    FormWords {
        error_prefix: "错误：" / "Error: ";
        choose: "未选择" / "Not chosen";
        phone_hint: "11 位大陆手机号" / "11-digit mainland mobile number";
        password: "密码" / "Password";
        btn_show: "显示" / "Show";
        btn_hide: "隐藏" / "Hide";
        money_unit: "元" / "CNY";
        otp: "验证码" / "Code";
        otp_hint: "6 位数字，5 分钟内有效" / "6 digits, valid for 5 minutes";
        btn_less: "减少" / "Less";
        btn_more: "增加" / "More";
        slot_full: "约满" / "Full";
        slot_night: "夜间" / "Evening";
        address_saved: "常用地址" / "Saved addresses";
        address_new: "填写新地址" / "A new address";
        address_name: "收件人" / "Recipient";
        address_phone: "联系电话" / "Contact phone";
        address_province: "省级行政区" / "Province";
        address_city: "城市" / "City";
        address_district: "区县" / "District";
        address_street: "街道与门牌号" / "Street and number";
        address_street_hint: "写到门牌号，例如漕溪北路88号1203室" / "Down to the door, like 88 Caoxi North Road, room 1203";
        autosave_saving: "正在保存…" / "Saving…";
        autosave_idle: "填写的内容会自动保存，可换设备继续" / "What you fill in is saved as you go; continue on any device";
        autosave_offline: "网络已断开，内容还在此页，联网后自动保存" / "You are offline. Your answers stay here and are saved when you are back";
        unsaved: "填写的内容还没有保存" / "What you filled in is not saved yet";
        file_hint: "支持 JPG、PNG、PDF，单个小于 10 MB" / "JPG, PNG or PDF, each under 10 MB";
        password_weak: "太短" / "Too short";
        password_fair: "可用" / "Good enough";
        password_strong: "很好" / "Strong";
        err_conflict: "此草稿已在另一台设备修改，请选择保留哪一份" / "This draft was changed on another device. Choose which to keep";
        err_expired: "页面停留太久，请再提交一次" / "This page was open too long. Send it again";
    }
    fns {
        errors_found(count: usize): "有 {count} 处需要修改" / "Change {count} things to go on";
        err_fill(what: &str): "填写{what}" / "Enter {what}";
        err_choose(what: &str): "选择{what}" / "Choose {what}";
        characters_left(left: usize): "还可输入 {left} 字" / "{left} characters left";
        characters_over(over: usize): "超出 {over} 字" / "{over} characters too many";
        autosave_done(time: &str): "已自动保存 {time}，可换设备继续" / "Saved at {time}; continue on any device";
        between(low: &str, high: &str): "{low} 至 {high}" / "{low} to {high}";
    }
}
