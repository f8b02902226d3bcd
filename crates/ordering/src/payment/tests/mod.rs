//! Behaviour of payment, on both databases, at a gateway that does as it is told.
//!
//! | behaviour | tests |
//! |---|---|
//! | P1 at most one attempt wins | `completion`, `wallet` |
//! | P2 open attempts are resolved before a new one | `trying`, `wallet` |
//! | P3 what is not about what was asked for books nothing | `completion`, `disputes` |
//! | P4 a report counts once | `completion`, `disputes` |
//! | P5 one path, whatever comes first | `completion`, `disputes` |
//! | P6 without a callback | `completion`, `trying` |
//! | P7 no answer is not a no | `trying`, `expiry` |
//! | P8 money that comes too late | `expiry`, `split` |
//! | P9 the end of what nobody paid | `expiry`, `split` |
//! | P10 never more back than came in | `refunds`, `staff`, `split`, `disputes` |
//! | P11 no call inside a transaction | `expiry`, and `Till::sound` after every test |
//! | P1, P3–P8, P10, L7 of what is only authorised first | `authorised`, `later` |
//! | P12 order and money are two states | `completion` |

mod authorised;
mod browse;
mod completion;
mod dispute_cover;
mod disputes;
mod expiry;
mod figures;
mod gateway;
mod keeping;
mod later;
mod refunds;
mod sandbox;
mod split;
mod staff;
mod till;
mod top_up;
mod trying;
mod wallet;

use till::{Till, customer_of};
