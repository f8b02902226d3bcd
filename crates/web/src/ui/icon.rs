//! Own icons: 24 px grid, 1.75 px stroke, round joins, drawn in the current colour (D6). Decoration only: the words beside
//! an icon, or an `aria-label` on its button, carry the meaning.

use maud::{Markup, PreEscaped};

macro_rules! icons {
    ($( $variant:ident $name:literal $path:literal; )*) => {
        /// One picture of the set.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon { $( $variant, )* }

        impl Icon {
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// The name that service packs use.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )* }
            }

            const fn path(self) -> &'static str {
                match self { $( Self::$variant => $path, )* }
            }
        }
    };
}

icons! {
    Home "home" "M4 11.5 12 4.5l8 7V19a1 1 0 0 1-1 1h-4.5v-5.5h-5V20H5a1 1 0 0 1-1-1z";
    Grid "grid" "M4.5 4.5h6v6h-6zM13.5 4.5h6v6h-6zM4.5 13.5h6v6h-6zM13.5 13.5h6v6h-6z";
    List "list" "M9 6.5h11M9 12h11M9 17.5h11M4.5 6.5h.01M4.5 12h.01M4.5 17.5h.01";
    Chat "chat" "M5.5 5h13A1.5 1.5 0 0 1 20 6.5v8a1.5 1.5 0 0 1-1.5 1.5H10l-4.5 4v-4A1.5 1.5 0 0 1 4 14.5v-8A1.5 1.5 0 0 1 5.5 5zM8.5 10.5h7";
    User "user" "M12 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5zM4.5 20c.8-3.6 3.7-5.5 7.5-5.5s6.7 1.9 7.5 5.5";
    Users "users" "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.7-3.3 3.2-5 6.5-5s5.8 1.7 6.5 5M15.5 4.8a3.5 3.5 0 0 1 0 6.4M17.5 15c2.1.6 3.5 2.1 4 4.5";
    Bell "bell" "M6.5 16v-5a5.5 5.5 0 0 1 11 0v5l1.5 1.5H5zM10.2 20.3h3.6";
    Cart "cart" "M3.5 5h2.3l2.2 10.5h9.5L19.5 8H6.5M9.5 19.5h.01M16.5 19.5h.01";
    Search "search" "M10.8 17.3a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.6 15.6 20 20";
    Moon "moon" "M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z";
    Sun "sun" "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.8v2M12 19.2v2M2.8 12h2M19.2 12h2M5.5 5.5l1.4 1.4M17.1 17.1l1.4 1.4M5.5 18.5l1.4-1.4M17.1 6.9l1.4-1.4";
    TextSize "text-size" "M3 18.5 8 6l5 12.5M4.7 14.5h6.6M15 18.5l3-7.5 3 7.5M16 16.2h4";
    Back "back" "M14.5 5.5 8 12l6.5 6.5";
    Next "next" "M9.5 5.5 16 12l-6.5 6.5";
    Help "help" "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM9.6 9.6a2.5 2.5 0 1 1 3.7 2.2c-.9.5-1.3 1-1.3 1.9M12 16.8h.01";
    Menu "menu" "M4 6.5h16M4 12h16M4 17.5h16";
    Close "close" "M6 6l12 12M18 6 6 18";
    Check "check" "M4.5 12.5 9.5 17.5 19.5 7";
    Plus "plus" "M12 5v14M5 12h14";
    Minus "minus" "M5 12h14";
    Edit "edit" "M5 19l.8-3.8L16.5 4.5l3 3L8.8 18.2zM14 7l3 3";
    Copy "copy" "M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4";
    Print "print" "M7 8.5V4h10v4.5M7 17H4.5V8.5h15V17H17M7 14h10v6H7z";
    Download "download" "M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14";
    Out "out" "M13.5 4.5h6v6M19.5 4.5 11 13M17.5 13.5v6h-13v-13h6";
    More "more" "M5 12h1M11.5 12h1M18 12h1";
    Alert "alert" "M12 4.2 21 19.5H3zM12 10v4.2M12 16.8h.01";
    Info "info" "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11v5.5M12 7.8h.01";
    Clock "clock" "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7v5l3.5 2";
    Calendar "calendar" "M4.5 6h15v13.5h-15zM4.5 10.5h15M8.5 3.5v4M15.5 3.5v4";
    Shield "shield" "M12 3.5l7.5 2.8v5.5c0 4.7-3.6 7.6-7.5 8.7-3.9-1.1-7.5-4-7.5-8.7V6.3zM8.8 12l2.3 2.3 4.2-4.5";
    Lock "lock" "M5.5 10.5h13v9.5h-13zM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5M12 14.3v2";
    Key "key" "M8 16.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 12.5h8.5v3.5M17 12.5v2.5";
    Pulse "pulse" "M3 12h4l2.5-6.5 5 13L17 12h4";
    Wallet "wallet" "M4 7.5h14.5a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM4 7.5l11-3.5v3.5M15.5 13.5h4";
    Card "card" "M3.5 6h17v12.5h-17zM3.5 10h17M7 15h3.5";
    Receipt "receipt" "M6 3.5h12V20.5l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5-2 1.5zM9 8.5h6M9 12.5h6";
    Document "document" "M6 3.5h8L18.5 8v12.5H6zM13.5 3.5V8.5h5M9 13h6M9 16.5h6";
    Transfer "transfer" "M4 8.5h14.5M15 5l3.5 3.5L15 12M20 15.5H5.5M9 12l-3.5 3.5L9 19";
    Chart "chart" "M4 19.5h16M7 16v-5M12 16V5.5M17 16v-8";
    Bolt "bolt" "M13 3.5 5.5 13.5h5.5l-1 7 8-10.5h-6z";
    Phone "phone" "M7.5 3h9a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM10.8 18h2.4";
    Signal "signal" "M5 19v-3M10 19v-7M15 19V9M20 19V5";
    Globe "globe" "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM3.5 12h17M12 3.5c2.5 2.5 3.5 5.3 3.5 8.5s-1 6-3.5 8.5c-2.5-2.5-3.5-5.3-3.5-8.5s1-6 3.5-8.5z";
    Drop "drop" "M12 3.5c3.5 4.3 5.8 7.3 5.8 10.5a5.8 5.8 0 0 1-11.6 0c0-3.2 2.3-6.2 5.8-10.5z";
    Flame "flame" "M12 3.5c.5 3.5 5.5 5.8 5.5 11a5.5 5.5 0 0 1-11 0c0-2.3 1-4 2.5-5.5.3 1.5 1 2.3 1.8 2.7C10.6 8.8 10.8 6 12 3.5z";
    Box "box" "M4 8l8-4 8 4v8.5l-8 4-8-4zM4 8l8 4 8-4M12 12v8.5";
    Truck "truck" "M3 6.5h11v10H3zM14 10h4l3 3.2v3.3h-7M7 18.8h.01M17.5 18.8h.01";
    Bag "bag" "M5 8.5h14l-1 12H6zM8.5 8.5V7.5a3.5 3.5 0 0 1 7 0v1";
    Tool "tool" "M14.8 6.2a4 4 0 0 0-5.2 5.1L4 17l3 3 5.7-5.6a4 4 0 0 0 5.1-5.2L15 12l-3-3z";
    Pin "pin" "M12 20.5c4-4.2 6.3-7.3 6.3-10.4a6.3 6.3 0 0 0-12.6 0c0 3.1 2.3 6.2 6.3 10.4zM12 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z";
    Plane "plane" "M20.5 4 3.5 11l6 2.5 2.5 6 3-4.5 4.5 3.5z";
    Building "building" "M5 20.5v-17h9v17M14 9h5v11.5M3 20.5h18M8.3 7.5h2.4M8.3 11.5h2.4M8.3 15.5h2.4";
    Heart "heart" "M12 19.5C7 15.5 4 12.6 4 9.3A4.3 4.3 0 0 1 12 7a4.3 4.3 0 0 1 8 2.3c0 3.3-3 6.2-8 10.2z";
    Repeat "repeat" "M5 11.5a7 7 0 0 1 12-4.5l2 2M19 5v4h-4M19 12.5a7 7 0 0 1-12 4.5l-2-2M5 19v-4h4";
    Star "star" "M12 4l2.4 5.2 5.6.7-4.1 3.9 1.1 5.6L12 16.6l-5 2.8 1.1-5.6L4 9.9l5.6-.7z";
    Eye "eye" "M2.8 12c2-4 5.3-6 9.2-6s7.2 2 9.2 6c-2 4-5.3 6-9.2 6s-7.2-2-9.2-6zM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z";
}

impl Icon {
    /// The icon a service pack names; `None` for an unknown name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|icon| icon.name() == name)
    }
}

/// The picture, 24 px, in the colour of the text around it.
pub fn icon(icon: Icon) -> Markup {
    let path = icon.path();
    PreEscaped(format!(r#"<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>"#))
}

/// The icon a service pack names, or a neutral document.
pub fn named(name: &str) -> Markup {
    icon(Icon::from_name(name).unwrap_or(Icon::Document))
}
