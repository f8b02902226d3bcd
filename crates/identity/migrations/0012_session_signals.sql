-- What the risk of a sign-in was judged by, sealed, while a second factor is due: that is what is learned afterwards.
ALTER TABLE session ADD COLUMN signals_sealed {bytes};
