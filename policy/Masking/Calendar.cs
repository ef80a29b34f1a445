namespace JitProxy.Policy.Masking;

/// <summary>The proleptic Gregorian calendar as PostgreSQL counts it: days from 2000-01-01, years with a year 0 (1 BC) and before.</summary>
internal static class Calendar
{
    /// <summary>Microseconds in a day.</summary>
    public const long DayMicroseconds = 86_400_000_000;

    /// <summary>The first day that PostgreSQL can store: 4714-11-24 BC, Julian day 0.</summary>
    public const long FirstDay = -2_451_545;

    private const long HourMicroseconds = 3_600_000_000;
    private const int CycleDays = 146_097;       // of 400 years
    private const int EpochFromMarch = 730_425;  // 2000-01-01 from 0000-03-01

    /// <summary>The day of this date; the day of month may lie outside the month and then counts on.</summary>
    public static long DayOf(long year, int month, int day)
    {
        // Years from March on, so that the leap day is the last one.
        var (marchYear, marchMonth) = month > 2 ? (year, month - 3) : (year - 1, month + 9);
        return 365 * marchYear + Floor(marchYear, 4) - Floor(marchYear, 100) + Floor(marchYear, 400)
            + (153 * marchMonth + 2) / 5 + day - 1 - EpochFromMarch;
    }

    /// <summary>The date of this day.</summary>
    public static (long Year, int Month, int Day) DateOf(long day)
    {
        var fromMarch = day + EpochFromMarch;
        var cycle = Floor(fromMarch, CycleDays);
        var inCycle = (int)(fromMarch - cycle * CycleDays);

        // Of 400 years, the days that are leap days do not make a year longer than 365 here.
        var yearInCycle = (inCycle - inCycle / 1460 + inCycle / 36_524 - inCycle / 146_096) / 365;
        var inYear = inCycle - (365 * yearInCycle + yearInCycle / 4 - yearInCycle / 100);
        var marchMonth = (5 * inYear + 2) / 153;
        var month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        return (cycle * 400 + yearInCycle + (month <= 2 ? 1 : 0), month, inYear - (153 * marchMonth + 2) / 5 + 1);
    }

    /// <summary>The first day of the unit that this day lies in.</summary>
    public static long TruncateDay(long day, DateUnit unit)
    {
        var (year, month, _) = DateOf(day);
        return unit switch
        {
            DateUnit.Century => DayOf(Floor(year - 1, 100) * 100 + 1, 1, 1),
            DateUnit.Decade => DayOf(Floor(year, 10) * 10, 1, 1),
            DateUnit.Year => DayOf(year, 1, 1),
            DateUnit.Quarter => DayOf(year, (month - 1) / 3 * 3 + 1, 1),
            DateUnit.Month => DayOf(year, month, 1),
            DateUnit.Week => day - (day + 5 - Floor(day + 5, 7) * 7), // 2000-01-01 is a Saturday
            DateUnit.Day or DateUnit.Hour => day,
        };
    }

    /// <summary>The first microsecond of the unit that this one lies in.</summary>
    public static long TruncateMicroseconds(long microseconds, DateUnit unit) => unit == DateUnit.Hour
        ? Floor(microseconds, HourMicroseconds) * HourMicroseconds
        : TruncateDay(Floor(microseconds, DayMicroseconds), unit) * DayMicroseconds;

    /// <summary>The quotient, rounded down.</summary>
    public static long Floor(long dividend, long divisor) =>
        dividend >= 0 ? dividend / divisor : -((divisor - 1 - dividend) / divisor);
}
