"""How a delivery stands once the receiver has it: answers, receipts, histories, words of platforms."""
