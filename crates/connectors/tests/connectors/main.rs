//! The outgoing door over real HTTP against a server that does what the test says.

#[cfg(test)]
mod http_door;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod smtp;
#[cfg(test)]
mod worked_example;
