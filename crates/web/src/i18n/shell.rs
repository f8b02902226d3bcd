//! The frame around every portal page.

super::texts! {
    /// The frame around every portal page: bars, switches, footer, service status.
    Shell {
        skip: "跳到主要内容" / "Skip to main content";
        full_name: "24 小时业务自助平台" / "self-service, day and night";
        nav_main: "主导航" / "Main";
        nav_tabs: "底部导航" / "Sections";
        nav_crumbs: "所在位置" / "You are here";
        nav_footer: "页脚" / "Footer";
        home: "首页" / "Home";
        services: "办业务" / "Services";
        orders: "订单" / "Orders";
        help: "帮助" / "Help";
        me: "我的" / "Me";
        cart: "购物车" / "Cart";
        messages: "消息" / "Messages";
        console: "控制台" / "Console";
        btn_sign_in: "登录" / "Sign in";
        btn_sign_out: "退出登录" / "Sign out";
        btn_register: "注册" / "Register";
        other_language: "English" / "中文";
        other_language_short: "EN" / "中";
        theme: "外观" / "Appearance";
        theme_system: "跟随系统" / "Like the device";
        theme_light: "浅色" / "Light";
        theme_dark: "深色" / "Dark";
        btn_text_large: "换大字版" / "Large text";
        btn_text_normal: "换标准字号" / "Normal text";
        a11y: "无障碍说明" / "Accessibility";
        api_docs: "开放接口" / "API";
        service_status: "服务状态" / "Service status";
        status_ok: "服务正常" / "All services normal";
        status_slow: "部分业务较慢" / "Some services are slow";
        status_maintenance: "维护中" / "Maintenance";
        colophon: "日夜都开着的柜台" / "The counter that never closes";
        search: "搜业务、订单号或问题" / "Service, order number or question";
        search_label: "搜索" / "Search";
        flow_help: "办理帮助" / "Help";
    }
    fns {
        cart_count(count: u32): "购物车，{count} 项" / "Cart, {count} in it";
        unread_count(count: u32): "消息，{count} 条未读" / "Messages, {count} unread";
        request(id: &str): "请求编号 {id}" / "Request {id}";
    }
}
