//! Times and lengths of time in words (N6).

super::texts! {
    /// Times and lengths of time in words.
    TimeWords {
        today: "今天" / "Today";
        yesterday: "昨天" / "Yesterday";
        tomorrow: "明天" / "Tomorrow";
        just_now: "刚刚" / "just now";
        monday: "周一" / "Mon";
        tuesday: "周二" / "Tue";
        wednesday: "周三" / "Wed";
        thursday: "周四" / "Thu";
        friday: "周五" / "Fri";
        saturday: "周六" / "Sat";
        sunday: "周日" / "Sun";
        overdue: "已超时" / "Overdue";
        expired: "已过期" / "Expired";
        morning: "早上好" / "Good morning";
        noon: "中午好" / "Good day";
        afternoon: "下午好" / "Good afternoon";
        evening: "晚上好" / "Good evening";
        night: "夜深了" / "Good night";
    }
    fns {
        beijing(stamp: &str): "{stamp}（北京时间）" / "{stamp} (Beijing time)";
        minutes_ago(minutes: i64): "{minutes} 分钟前" / "{minutes} min ago";
        in_minutes(minutes: i64): "{minutes} 分钟后" / "in {minutes} min";
        seconds(seconds: i64): "{seconds} 秒" / "{seconds} s";
        minutes(minutes: i64): "{minutes} 分" / "{minutes} min";
        hours(hours: i64): "{hours} 小时" / "{hours} h";
        days(days: i64): "{days} 天" / "{days} d";
        left(length: &str): "剩余 {length}" / "{length} left";
        late(length: &str): "超时 {length}" / "{length} late";
        before(stamp: &str): "{stamp} 前" / "before {stamp}";
        greeting(greeting: &str, name: &str): "{greeting}，{name}" / "{greeting}, {name}";
    }
}
