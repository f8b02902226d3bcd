//! Client and sandbox over real HTTP on this machine: every outcome, every knob.

#[cfg(test)]
mod card;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trouble;
