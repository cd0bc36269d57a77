"""Currencies of prices: codes of ISO 4217 that the allowed values have."""

from __future__ import annotations

from typing import Final

from distro_plugins.ern382.settings import AllowedValues

_CODES_OF_2020: Final = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYR BZD CAD CDF
    CHF CLF CLP CNY COP COU CRC CUC CUP CVE CYP CZK DJF DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP
    LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRO MTL MUR MVR MWK MXN MXV MYR MZM NAD NGN NIO NOK NPR NZD
    OMR PAB PEN PGK PHP PKR PLN PYG QAR ROL RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SIT SKK SLL SOS SRD STD SVC
    SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UZS VEF VND VUV WST XAF XCD XOF XPF YER ZAR ZMK
    ZWL
"""
_OF_2020: Final = frozenset(_CODES_OF_2020.split())
_SINCE_2020: Final = frozenset(["MRU", "MZN", "SSP", "STN", "VES", "ZMW"])


def is_priced(currency: str, values: AllowedValues) -> bool:
    """Whether the state of the allowed values knows the currency."""
    return currency in _OF_2020 or (values is AllowedValues.OF_2025 and currency in _SINCE_2020)
