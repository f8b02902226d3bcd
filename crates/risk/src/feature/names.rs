//! The features: their names in model files, their words for people.

use kernel::Locale;

/// Defines the features once: variant, name, words. The order is that of a [`Vector`](super::Vector).
macro_rules! features {
    ($($variant:ident = $name:literal, $zh:literal, $en:literal;)*) => {
        /// One number of a vector.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Feature { $($variant,)* }

        /// The names in the order of a vector. A model file carries those it was trained with and is refused when they differ.
        pub const NAMES: &[&str] = &[$($name,)*];

        impl Feature {
            /// In the order of a vector.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it stands in model files, rules and journals.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// For people, as a reason.
            pub const fn words(self, locale: Locale) -> &'static str {
                match (self, locale) {
                    $((Self::$variant, Locale::Zh) => $zh, (Self::$variant, Locale::En) => $en,)*
                }
            }
        }
    };
}

features! {
    Amount = "amount", "金额", "Amount";
    Night = "night", "夜间操作", "At night";
    Weekend = "weekend", "周末操作", "At the weekend";
    CustomerCount1 = "customer_count_1d", "客户一天内的笔数", "The customer's acts within a day";
    CustomerCount7 = "customer_count_7d", "客户七天内的笔数", "The customer's acts within 7 days";
    CustomerCount30 = "customer_count_30d", "客户三十天内的笔数", "The customer's acts within 30 days";
    CustomerAmount1 = "customer_amount_1d", "客户一天内的金额", "The customer's amounts within a day";
    CustomerAmount7 = "customer_amount_7d", "客户七天内的金额", "The customer's amounts within 7 days";
    CustomerAmount30 = "customer_amount_30d", "客户三十天内的金额", "The customer's amounts within 30 days";
    AmountOverMean = "amount_over_mean", "金额与客户平时相比", "The amount beside what the customer usually spends";
    Unusual7 = "customer_unusual_7d", "客户七天内的异常大额", "Unusually large amounts of the customer within 7 days";
    Unusual14 = "customer_unusual_14d", "客户十四天内的异常大额", "Unusually large amounts of the customer within 14 days";
    CustomerSince = "customer_since_last", "距客户上一笔的时间", "Time since the customer's last act";
    CustomerFrauds30 = "customer_frauds_30d", "客户已确认的欺诈", "Confirmed fraud with this customer";
    NewPayee = "new_payee", "首次付给该收款方", "First act with this payee";
    NewDevice = "new_device", "新设备", "New device";
    NewPlace = "new_place", "陌生地点", "Unfamiliar place";
    Speed = "travel_speed", "短时间内相距很远", "Far apart within a short time";
    PayeeCount1 = "payee_count_1d", "收款方一天内的笔数", "The payee's acts within a day";
    PayeeCount7 = "payee_count_7d", "收款方七天内的笔数", "The payee's acts within 7 days";
    PayeeCount30 = "payee_count_30d", "收款方三十天内的笔数", "The payee's acts within 30 days";
    PayeeAmount1 = "payee_amount_1d", "收款方一天内的金额", "The payee's amounts within a day";
    PayeeAmount7 = "payee_amount_7d", "收款方七天内的金额", "The payee's amounts within 7 days";
    PayeeAmount30 = "payee_amount_30d", "收款方三十天内的金额", "The payee's amounts within 30 days";
    PayeeSince = "payee_since_last", "距收款方上一笔的时间", "Time since the payee's last act";
    PayeeFrauds1 = "payee_frauds_1d", "收款方近一天已确认的欺诈", "Confirmed fraud at the payee, one day";
    PayeeFrauds7 = "payee_frauds_7d", "收款方近七天已确认的欺诈", "Confirmed fraud at the payee, 7 days";
    PayeeFrauds30 = "payee_frauds_30d", "收款方近三十天已确认的欺诈", "Confirmed fraud at the payee, 30 days";
    PayeeShare1 = "payee_fraud_share_1d", "收款方近一天的欺诈占比", "Share of fraud at the payee, one day";
    PayeeShare7 = "payee_fraud_share_7d", "收款方近七天的欺诈占比", "Share of fraud at the payee, 7 days";
    PayeeShare30 = "payee_fraud_share_30d", "收款方近三十天的欺诈占比", "Share of fraud at the payee, 30 days";
    PayeeRun = "payee_fraud_run", "收款方连续出现欺诈", "Fraud at the payee in a row";
    PayeeRunAge = "payee_fraud_run_age", "收款方连续欺诈的时长", "How long fraud at the payee has gone on";
    PayeeRunLeast = "payee_fraud_run_least", "收款方连续欺诈的最小金额", "The smallest amount of the fraud at the payee in a row";
    PayeeRunBefore = "payee_honest_before_run", "收款方上一笔正常交易的时间", "Time since the last honest act at the payee before the fraud";
    DeviceCount1 = "device_count_1d", "设备一天内的笔数", "The device's acts within a day";
    DeviceCount7 = "device_count_7d", "设备七天内的笔数", "The device's acts within 7 days";
    DeviceCount30 = "device_count_30d", "设备三十天内的笔数", "The device's acts within 30 days";
    DeviceAmount7 = "device_amount_7d", "设备七天内的金额", "The device's amounts within 7 days";
    DeviceCustomers = "device_customers_30d", "设备上的客户数", "Customers on this device";
    DeviceFrauds30 = "device_frauds_30d", "设备上已确认的欺诈", "Confirmed fraud on this device";
    NetworkCount1 = "network_count_1d", "网络一天内的笔数", "The network's acts within a day";
    NetworkCount7 = "network_count_7d", "网络七天内的笔数", "The network's acts within 7 days";
    NetworkCount30 = "network_count_30d", "网络三十天内的笔数", "The network's acts within 30 days";
    NetworkAmount7 = "network_amount_7d", "网络七天内的金额", "The network's amounts within 7 days";
    NetworkFrauds30 = "network_frauds_30d", "网络中已确认的欺诈", "Confirmed fraud from this network";
}

impl Feature {
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|feature| feature.name() == name)
    }
}
