//! Client and sandbox over real HTTP on this machine: every outcome, every knob.

#[cfg(test)]
mod alipay;
#[cfg(test)]
mod bank;
#[cfg(test)]
mod card;
#[cfg(test)]
mod card_bill;
#[cfg(test)]
mod card_story;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod real_name;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sms;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod wechat;
#[cfg(test)]
mod wechat_notices;
