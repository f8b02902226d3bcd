//! Where an order stands, in words: cause, who acts next, by when (U9).

super::texts! {
    /// The cause of each state of an order and who acts next.
    StandingWords {
        cancelling: "正在取消" / "Being cancelled";
        you: "您" / "You";
        staff: "工作人员" / "Our staff";
        colleagues: "企业复核人" / "Your colleagues";
        seller: "商家" / "The provider";
        bank: "银行" / "The bank";
        nobody: "无需操作" / "Nothing to do";
        unpaid: "订单已提交，付款后开始办理" / "The order is placed; work starts when it is paid";
        confirming: "正在确认支付结果，现在不用再次付款" / "The payment is being confirmed; do not pay again now";
        held: "订单等待核对，核对后继续办理" / "The order is checked, then it goes on";
        held_colleagues: "等待企业同事复核，通过后继续办理" / "Colleagues check the order, then it goes on";
        working_free: "已受理，正在办理" / "Accepted and being done";
        working: "钱款已备好，正在办理" / "Paid, and being done";
        working_authorised: "已预授权，还没有扣款，正在办理" / "Authorised, not charged yet, and being done";
        working_uncollected: "正在办理，扣款未成功，工作人员会联系您" / "Being done; the charge did not go through, our staff will contact you";
        visit: "已预约，师傅会按时上门" / "Booked; somebody comes at the chosen time";
        needed: "办理需要您补充内容" / "We need something from you to go on";
        assessing: "您申请了取消，正在确认能否撤回" / "You asked to cancel; we find out whether it can be taken back";
        fallout: "办理遇到问题，工作人员正在处理" / "Something went wrong; our staff are working on it";
        partial: "部分已办结，未办成的部分不收费" / "Part of it is done; the rest costs nothing";
        partial_capturing: "部分已办结，正在扣这部分的款，其余不扣" / "Part of it is done and being charged; the rest is not";
        partial_refunding: "部分已办结，未办成的部分正在退款" / "Part of it is done; the rest is being refunded";
        completed: "已全部办结" / "All done";
        completed_capturing: "已全部办结，正在扣款" / "All done; the charge is being made";
        completed_refunding: "已同意退款，钱款正在退回" / "The refund is agreed; the money is on its way back";
        refunded: "钱款已退回" / "The money is back with you";
        cancelled: "订单已取消，没有扣款" / "The order is cancelled; nothing was charged";
        cancelled_fee: "订单已取消，按规则扣除取消费用" / "The order is cancelled; the fee of the rule was kept";
        cancelled_released: "订单已取消，钱款已退回余额" / "The order is cancelled; the money is back in your balance";
        refunding: "钱款正在原路退回" / "The money is on its way back";
        expired: "没有在时限内付款，订单已自动关闭" / "It was not paid in time and closed by itself";
        hold_expired: "到期无人决定，订单已自动关闭，没有扣款" / "Nobody decided in time; the order closed and nothing was charged";
        authorisation_ended: "预授权到期前没有开始办理，订单已关闭，没有扣款" / "Nobody had begun before the authorisation ended; the order closed and nothing was charged";
        stock_gone: "等待期间库存售完，订单已关闭，没有扣款" / "The stock went while it waited; the order closed and nothing was charged";
        returned: "复核人退回了这份订单，没有扣款" / "A checker returned the order; nothing was charged";
        withdrawn: "提交人撤回了这份订单，没有扣款" / "Its maker withdrew the order; nothing was charged";
        not_accepted: "人工核对后没有受理，没有扣款" / "After a check it was not accepted; nothing was charged";
        failed: "没有办成，钱款已退回" / "It could not be done; the money was returned";
        failed_free: "没有办成" / "It could not be done";
        failed_staff: "没有办成，退款由工作人员核定" / "It could not be done; our staff decide about the refund";
    }
}
