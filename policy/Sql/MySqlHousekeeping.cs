namespace JitProxy.Policy.Sql;

/// <summary>What clients of MySQL and MariaDB send by themselves. What is not named here is left to grants.</summary>
internal static class MySqlHousekeeping
{
    /// <summary>Judges one statement. Never throws.</summary>
    public static HousekeepingVerdict Judge(ReadOnlySpan<byte> text, Catalogue catalogue) => default;
}
