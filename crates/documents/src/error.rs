//! Why documents say no. One enum for the crate: its rooms refuse for the same few reasons.

use kernel::FieldError;

kernel::errors! {
    /// Why documents say no.
    pub enum Error in "documents" {
        /// No such document, title or request, or somebody else's.
        NotFound => NotFound "not_found", "没有找到这份单据，可返回列表重新选择", "There is no such document here. Go back to the list";
        SignInNeeded => Unauthenticated "sign_in_needed", "登录后才能办理", "Sign in first";
        Forbidden => Forbidden "forbidden", "您的角色不能做这一步，联系管理员", "Your role does not permit this. Ask an administrator";
        /// Wrong input; each field has its own words.
        InvalidInput { fields: Vec<FieldError> } => Invalid "invalid_input", "有内容需要修改", "Some answers need a change";
        /// The month or period of a statement is not over.
        NotOver => Conflict "period_not_over", "这一期还没有结束，结束后再开具", "This period is not over yet. It can be issued afterwards";
        /// Nothing was paid for the order, or everything went back.
        NothingPaid => Conflict "nothing_paid", "这份订单没有可以证明的付款", "Nothing was paid for this order that could be proved";
        /// An invoice is about what was done and paid; the order has not ended.
        NotEnded => Conflict "order_not_ended", "订单办结后才能开发票", "An invoice can be issued when the order has ended";
        /// One order, one invoice at a time.
        AlreadyAsked => Conflict "invoice_exists", "这份订单已申请过发票，可在发票页查看", "An invoice of this order was asked for before. See the list of invoices";
        /// Not in this state.
        IllegalTransition { zh: &'static str, en: &'static str } => Conflict "illegal_transition", "发票已是“{zh}”状态，刷新后再试", "The state of the invoice is “{en}” by now. Reload and try again";
        /// What the order costs changed since the invoice was asked for.
        AmountChanged => Conflict "amount_changed", "订单金额已变动，退回申请，由客户重新提交", "The amount of the order has changed. Refuse the request, so that it is asked for anew";
        /// The host has no Chinese font.
        NoFont => Unavailable "no_font", "本机没有可用的中文字体，可用浏览器打印成 PDF", "This server has no Chinese font. Print to PDF in the browser instead";
    }
}

db::bug_from!(Error, vault::Error, serde_json::Error, paper::Error, notify::Error);

impl From<ordering::Error> for Error {
    fn from(error: ordering::Error) -> Self {
        match error {
            ordering::Error::NotFound => Self::NotFound,
            ordering::Error::SignInNeeded => Self::SignInNeeded,
            ordering::Error::Forbidden => Self::Forbidden,
            other => Self::bug(other),
        }
    }
}

impl From<fulfilment::Error> for Error {
    fn from(error: fulfilment::Error) -> Self {
        match error {
            fulfilment::Error::NotFound => Self::NotFound,
            fulfilment::Error::Forbidden => Self::Forbidden,
            other => Self::bug(other),
        }
    }
}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Self {
        match error {
            ledger::Error::NotFound => Self::NotFound,
            ledger::Error::BadPeriod => {
                let (zh, en) = ("期间最长一年", "A period has at most a year");
                Self::InvalidInput { fields: vec![FieldError::new("/to", "documents.period", zh, en)] }
            }
            other => Self::bug(other),
        }
    }
}
