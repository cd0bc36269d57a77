"""What the versions of MEAD share: how messages are written, and the business rules of all of them."""
