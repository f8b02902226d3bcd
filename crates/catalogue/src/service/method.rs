//! The ways to pay.

/// How an order can be paid. The name of a method that takes money from outside is the name of its gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentMethod {
    Balance,
    Card,
    Wechat,
    Alipay,
    BankTransfer,
}

impl PaymentMethod {
    pub const ALL: [Self; 5] = [Self::Balance, Self::Card, Self::Wechat, Self::Alipay, Self::BankTransfer];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Card => "card",
            Self::Wechat => "wechat",
            Self::Alipay => "alipay",
            Self::BankTransfer => "bank_transfer",
        }
    }

    /// Whether the money comes in through a gateway, and goes back through it.
    pub const fn is_outside(self) -> bool {
        !matches!(self, Self::Balance)
    }

    /// Whether money can be kept for us first and taken later, in part or not at all: a hold on the balance, an authorisation of a card.
    pub const fn can_authorise(self) -> bool {
        matches!(self, Self::Balance | Self::Card)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// When the money of an order is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaptureAt {
    /// When it is paid.
    #[default]
    Order,
    /// When the work is done, and only for what was done; until then it is authorised. Only ways that
    /// [can authorise](PaymentMethod::can_authorise) pay for it.
    Completion,
}

impl CaptureAt {
    pub const ALL: [Self; 2] = [Self::Order, Self::Completion];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "at_order",
            Self::Completion => "at_completion",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capture| capture.name() == name)
    }
}
