"""The E-model: how good a conversation is over a line (ITU-T G.107 06/2015). R-factor 0–100, MOS-CQE 1–4.5.

An estimate for planning, from delay, loss and codec alone: microphone, room and speaker are the model's defaults.
Only the narrow-band scale is here; wide-band values (G.107.1, Opus studies) stand on another scale: never mix them.
"""

from dataclasses import dataclass, replace
from math import exp, log2, log10, sqrt


@dataclass(frozen=True, slots=True)
class Codec:
    """What a codec does to speech, and what it sends."""

    name: str
    impairment: float
    """Ie, equipment impairment without loss, on the R scale."""
    robustness: float
    """Bpl, packet-loss robustness: the larger, the better lost packets are concealed."""
    payload_bytes: int
    ptime_ms: int
    """Speech in a packet, ms."""
    look_ahead_ms: float
    source: str

    @property
    def rtp_bytes(self) -> int:
        """UDP payload of a packet: RTP header (12, RFC 3550) and speech."""
        return 12 + self.payload_bytes


CODECS = {
    codec.name: codec
    for codec in (
        Codec("g711", 0, 25.1, 160, 20, 0, "ITU-T G.113 App. I (as used by amplet2, OpenBACH): with concealment"),
        Codec("g711-no-plc", 0, 4.3, 160, 20, 0, "ITU-T G.113 App. I (as used by amplet2, OpenBACH): no concealment"),
        Codec("g729a", 11, 19, 20, 20, 5, "ITU-T G.113 App. I 11/2007 (as used by OpenBACH): G.729A with VAD"),
        Codec("g723.1", 15, 16.1, 24, 30, 7.5, "ITU-T G.113 App. I 11/2007 (as used by OpenBACH): 6.3 kbit/s with VAD"),
    )
}
"""By the name that `--codec` takes."""


@dataclass(frozen=True, slots=True)
class Transmission:
    """The input parameters of a connection with the defaults of G.107 table 2; dB unless said otherwise."""

    slr: float = 8
    """Send loudness rating."""
    rlr: float = 2
    """Receive loudness rating."""
    stmr: float = 15
    """Sidetone masking rating."""
    lstr: float = 18
    """Listener sidetone rating."""
    ds: float = 3
    """D-value of the telephone, send side."""
    telr: float = 65
    """Talker echo loudness rating."""
    wepl: float = 110
    """Weighted echo path loss."""
    talker_echo_ms: float = 0
    """T, mean one-way delay of the echo path."""
    round_trip_ms: float = 0
    """Tr, round-trip delay in the four-wire loop, which listener echo takes."""
    one_way_delay_ms: float = 0
    """Ta, delay from mouth to ear."""
    qdu: float = 1
    """Quantisation distortion units."""
    impairment: float = 0
    """Ie of the codec."""
    robustness: float = 4.3
    """Bpl of the codec."""
    loss_ratio: float = 0
    """Ppl ÷ 100: packets lost or too late, 0–1."""
    burst_ratio: float = 1
    """BurstR: 1 when losses are random."""
    nc: float = -70
    """Circuit noise, dBm0p."""
    nfor: float = -64
    """Noise floor at the receive side, dBmp."""
    ps: float = 35
    """Room noise at the send side, dB(A)."""
    pr: float = 35
    """Room noise at the receive side, dB(A)."""
    advantage: float = 0
    """A: what people forgive for the sake of mobility."""
    delay_sensitivity: float = 1
    """sT; 1 is the default class (G.107 table 1)."""
    least_delay_ms: float = 100
    """mT, the delay below which nobody notices any."""


def r_factor(line: Transmission) -> float:
    """R of a connection, clause 7.1: Ro − Is − Id − Ie,eff + A. 93.2062 for the defaults."""
    ro = _signal_to_noise(line)
    equipment = effective_impairment(line.loss_ratio, line.impairment, line.robustness, line.burst_ratio)
    return ro - _simultaneous(line, ro) - _delay(line, ro) - equipment + line.advantage


def call_r_factor(codec: Codec, one_way_delay_ms: float, loss_ratio: float, burst_ratio: float = 1) -> float:
    """R of a call whose echo is cancelled: delay mouth to ear (ms), loss with late packets (0–1), burst ratio."""
    return r_factor(
        replace(
            Transmission(),
            one_way_delay_ms=one_way_delay_ms,
            impairment=codec.impairment,
            robustness=codec.robustness,
            loss_ratio=loss_ratio,
            burst_ratio=burst_ratio,
        )
    )


def mos_cqe(r: float) -> float:
    """Mean opinion score estimated from R, Annex B; held at 1, where the cubic dips below it for 0 < R < 6.5."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def effective_impairment(loss_ratio: float, impairment: float, robustness: float, burst_ratio: float = 1) -> float:
    """Ie,eff, clause 7.5: the codec's impairment with packets lost (0–1), on the R scale."""
    percent = 100 * loss_ratio
    return impairment + (95 - impairment) * percent / (percent / burst_ratio + robustness)


def delay_impairment(one_way_delay_ms: float, sensitivity: float = 1, least_delay_ms: float = 100) -> float:
    """Idd, clause 7.4: what delay from mouth to ear (ms) costs when there is no echo, on the R scale."""
    if one_way_delay_ms <= least_delay_ms:
        return 0.0
    x = log2(one_way_delay_ms / least_delay_ms)
    power = 6 * sensitivity
    return 25 * (_soft(x, power) - 3 * _soft(x / 3, power) + 2)


def _soft(x: float, power: float) -> float:
    return float((1 + x**power) ** (1 / power))


def _noise(line: Transmission) -> float:
    """No, clause 7.2: all noise at the 0 dBr point, dBm0p."""
    olr = line.slr + line.rlr
    send = line.ps - line.slr - line.ds - 100 + 0.004 * (line.ps - olr - line.ds - 14) ** 2
    heard = line.pr + 10 * log10(1 + 10 ** ((10 - line.lstr) / 10))
    receive = line.rlr - 121 + heard + 0.008 * (heard - 35) ** 2
    floor = line.nfor + line.rlr
    return 10 * log10(sum(10 ** (level / 10) for level in (line.nc, send, receive, floor)))


def _signal_to_noise(line: Transmission) -> float:
    """Ro, clause 7.2."""
    return 15 - 1.5 * (line.slr + _noise(line))


def _simultaneous(line: Transmission, ro: float) -> float:
    """Is, clause 7.3: too loud, wrong sidetone, quantisation."""
    olr = line.slr + line.rlr
    x = olr + 0.2 * (64 + _noise(line) - line.rlr)
    loud = 20 * (_soft(x / 8, 8) - x / 8)
    g = 37 - 15 * log10(line.qdu)
    g = 1.07 + 0.258 * g + 0.0602 * g**2
    y, z = (ro - 100) / 15 + 46 / 8.4 - g / 9, 46 / 30 - g / 40
    return loud + _sidetone(line) + 15 * log10(1 + 10**y + 10**z)


def _sidetone(line: Transmission) -> float:
    """Ist, clause 7.3."""
    echo = exp(-line.talker_echo_ms / 4) * 10 ** (-line.telr / 10)
    stmr = -10 * log10(10 ** (-line.stmr / 10) + echo)
    return 12 * _soft((stmr - 13) / 6, 8) - 28 * _soft((stmr + 1) / 19.4, 35) - 13 * _soft((stmr - 3) / 33, 13) + 29


def _delay(line: Transmission, ro: float) -> float:
    """Id, clause 7.4: talker echo, listener echo, and delay itself."""
    listener = 10.5 * (line.wepl + 7) * (line.round_trip_ms + 1) ** -0.25
    idle = _root((ro - listener) / 2, 169)
    delay = delay_impairment(line.one_way_delay_ms, line.delay_sensitivity, line.least_delay_ms)
    return _talker_echo(line) + idle + delay


def _talker_echo(line: Transmission) -> float:
    """Idte, clause 7.4, with its corrections for very low and very high sidetone loss."""
    t = line.talker_echo_ms
    terv = line.telr - 40 * log10((1 + t / 10) / (1 + t / 150)) + 6 * exp(-0.3 * t**2)
    if line.stmr < 9:
        terv += _sidetone(line) / 2
    without = -1.5 * (_noise(line) - line.rlr)
    with_echo = 80 + 2.5 * (terv - 14)
    echo = (_root((without - with_echo) / 2, 100) - 1) * (1 - exp(-t))
    return sqrt(echo**2 + _sidetone(line) ** 2) if line.stmr > 20 else echo


def _root(half: float, constant: float) -> float:
    return half + sqrt(half**2 + constant)
