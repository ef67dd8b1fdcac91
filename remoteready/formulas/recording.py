"""How much is recorded, how fast it must leave, and how much is kept.

Exact for exact inputs: with `fractions.Fraction` or `int` arguments nothing is rounded.
MB is 10⁶ bytes, Mbps 10⁶ bit/s of payload.
"""

from fractions import Fraction

from remoteready.formulas import Number, formula

GUIDE = "Calabrio work-from-home guide"
UNITS = "1 MB = 8 Mbit"


@formula("calls per user and day × share of calls recorded", unit="calls/day", source="arithmetic")
def recorded_calls(calls_per_day: Number, recorded_share: Number) -> Number:
    """Calls of one agent that are recorded a day."""
    return calls_per_day * recorded_share


@formula("users × calls per user and day × minutes per call", unit="min/day", source=GUIDE)
def recording_minutes(users: Number, calls_per_day: Number, minutes_per_call: Number) -> Number:
    """Recorded minutes a day."""
    return users * calls_per_day * minutes_per_call


@formula("users × calls per user and day × (minutes per call + minutes after it)", unit="min/day", source="arithmetic")
def screen_minutes(
    users: Number, calls_per_day: Number, minutes_per_call: Number, after_call_minutes: Number
) -> Number:
    """Minutes of recorded screen a day: the call and the work after it."""
    return users * calls_per_day * (minutes_per_call + after_call_minutes)


@formula("audio MB per minute × recording minutes", unit="MB/day", source=GUIDE)
def audio_mb(recording_minutes: Number, audio_mb_per_minute: Number) -> Number:
    """Audio recorded a day, MB."""
    return audio_mb_per_minute * recording_minutes


@formula("screen MB per minute and monitor × recording minutes × monitors", unit="MB/day", source=GUIDE)
def screen_mb(recording_minutes: Number, screen_mb_per_minute: Number, monitors: Number) -> Number:
    """Screens recorded a day, MB."""
    return screen_mb_per_minute * recording_minutes * monitors


@formula("audio + screens", unit="MB/day", source=GUIDE)
def upload_mb(audio_mb: Number, screen_mb: Number) -> Number:
    """All that one day's recordings upload, MB."""
    return audio_mb + screen_mb


@formula("screens + audio that the desktop records", unit="MB/day", source="arithmetic")
def home_mb(screen_mb: Number, desktop_audio_mb: Number) -> Number:
    """What leaves the agents' homes as uploads a day, MB."""
    return screen_mb + desktop_audio_mb


@formula("MB per day × working days per month", unit="MB/month", source="arithmetic")
def month_mb(upload_mb: Number, days_per_month: Number) -> Number:
    """Uploaded a month, MB."""
    return upload_mb * days_per_month


@formula("MB per day × days kept × copies", unit="MB", source="arithmetic; counts every day kept as a working day")
def storage_mb(upload_mb: Number, retention_days: Number, copies: Number = 1) -> Number:
    """Store that holds the last `retention_days` days, MB: an upper bound where some days have no calls."""
    return upload_mb * retention_days * copies


@formula("storage × (1 + growth per year)^years", unit="MB", source="arithmetic; as long kept, in as many copies")
def grown_mb(storage_mb: Number, growth_per_year: Number, years: Number) -> Number:
    """Store that is needed in some years, when every day records so much more than a year before, MB."""
    return storage_mb * (1 + growth_per_year) ** int(years)


@formula("minutes per call × (1 − share of a call in which recording is paused)", unit="min", source="arithmetic")
def recorded_minutes(minutes_per_call: Number, paused_share: Number) -> Number:
    """Minutes of a recorded call that are recorded."""
    return minutes_per_call * (1 - paused_share)


@formula("monitors × kbps of one ÷ 1000 × bytes on the wire per byte", unit="Mbps", source="arithmetic")
def watching_mbps(monitors: Number, screen_kbps: Number, expansion: Number) -> Number:
    """The screens of one agent as a supervisor watches them, Mbps on the wire."""
    return Fraction(monitors) * Fraction(screen_kbps) / 1000 * Fraction(expansion)


@formula("MB per day × 8 ÷ (shift hours × 3600)", unit="Mbps", source=UNITS)
def average_mbps(upload_mb: Number, shift_hours: Number) -> Number:
    """Mean rate over the shift at which a day's recordings arise, Mbps."""
    return Fraction(upload_mb) * 8 / (Fraction(shift_hours) * 3600)


@formula("MB per day × share of the calls in the busy hour × 8 ÷ 3600", unit="Mbps", source=UNITS)
def busy_hour_mbps(upload_mb: Number, busy_hour_share: Number) -> Number:
    """Mean rate in the busy hour at which a day's recordings arise, Mbps."""
    return Fraction(upload_mb) * Fraction(busy_hour_share) * 8 / 3600


@formula("(audio MB per minute + screen MB per minute and monitor × monitors) × 8 ÷ 60", unit="Mbps", source=UNITS)
def agent_mbps(audio_mb_per_minute: Number, screen_mb_per_minute: Number, monitors: Number) -> Number:
    """Rate at which one agent's recording arises during a call, and so must leave to be uploaded at once, Mbps."""
    return (Fraction(audio_mb_per_minute) + Fraction(screen_mb_per_minute) * Fraction(monitors)) * 8 / 60


@formula("Mbps per agent × users", unit="Mbps", source="arithmetic")
def everyone_mbps(agent_mbps: Number, users: Number) -> Number:
    """All agents of a group recorded in the same moment, Mbps."""
    return agent_mbps * users


@formula(
    "calls per day × minutes per call ÷ (shift hours × 60)",
    unit="",
    source="ITU-T E.600, traffic of one source",
)
def share_recorded(calls_per_day: Number, minutes_per_call: Number, shift_hours: Number) -> Number:
    """Share of the shift that one agent is being recorded, 0–1; above 1 the shift is too short for the calls."""
    return Fraction(calls_per_day) * Fraction(minutes_per_call) / (Fraction(shift_hours) * 60)


@formula(
    "calls per day × share of them in the busy hour × minutes per call ÷ 60",
    unit="",
    source="ITU-T E.600, traffic of one source and busy hour",
)
def share_in_busy_hour(calls_per_day: Number, minutes_per_call: Number, busy_hour_share: Number) -> Number:
    """Share of the busy hour that one agent is being recorded, 0–1."""
    return Fraction(calls_per_day) * Fraction(busy_hour_share) * Fraction(minutes_per_call) / 60


@formula(
    "capacity × usable share",
    unit="Mbps",
    source="arithmetic; 0.75 unless set, after Cisco IOS max-reserved-bandwidth (checked 2026-11-22, secondary source)",
)
def usable_mbps(capacity_mbps: Number, usable_share: Number) -> Number:
    """What recordings may fill of a link, Mbps."""
    return capacity_mbps * usable_share


@formula(
    "usable − calls and live uploads at their 99.9 % levels − windows that are open, at least 0",
    unit="Mbps",
    source="calls go first",
)
def free_mbps(
    usable_mbps: Number, calls_mbps: Number = 0, live_mbps: Number = 0, open_windows_mbps: Number = 0
) -> Number:
    """What uploads after the call may share of a link, Mbps."""
    taken = Fraction(calls_mbps) + Fraction(live_mbps) + Fraction(open_windows_mbps)
    return max(Fraction(0), Fraction(usable_mbps) - taken)


@formula("agents × share of the time in calls × Mbps per call", unit="Mbps", source="arithmetic")
def talking_mbps(agents: Number, share_talking: Number, call_mbps: Number) -> Number:
    """What the calls of a group fill on average in one direction, Mbps."""
    return agents * share_talking * call_mbps
