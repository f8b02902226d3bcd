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

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}
