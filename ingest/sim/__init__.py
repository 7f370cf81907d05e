"""The simulated exchange: Binance's wire on loopback, over a market whose truth is planted and can be asked for."""
