namespace JitProxy.Policy.Sql;

/// <summary>Ends of the operators of MySQL and MariaDB, which are a fixed list.</summary>
internal static class MySqlOperator
{
    /// <summary>
    /// Offset behind the operator at <paramref name="start"/>, where no comment begins. -1 at a fault: comparison signs in a row that are no operator, such
    /// as <c>=!</c> or <c>&lt;&lt;=</c>, which the servers' scanners take back in different ways.
    /// </summary>
    public static int FindEnd(ReadOnlySpan<byte> text, int start, out TextFault fault)
    {
        fault = TextFault.None;
        var size = text[start..] switch
        {
            [(byte)'<', (byte)'=', (byte)'>', ..] => 3,
            [(byte)'<', (byte)'=' or (byte)'>' or (byte)'<', var third, ..] when IsComparison(third) && third != '<' => -1,
            [(byte)'<', (byte)'=' or (byte)'>' or (byte)'<', ..] => 2,
            [(byte)'>', (byte)'=' or (byte)'>', ..] => 2,
            [(byte)'!', (byte)'=', ..] => 2,
            [(byte)'<' or (byte)'>' or (byte)'=' or (byte)'!', var second, ..] when IsComparison(second) => -1,
            [(byte)'&', (byte)'&', ..] or [(byte)'|', (byte)'|', ..] => 2,
            [(byte)'-', (byte)'>', (byte)'>', ..] => 3,
            [(byte)'-', (byte)'>', ..] => 2,
            _ => 1,
        };
        if (size > 0)
            return start + size;

        fault = TextFault.BadOperator;
        return -1;
    }

    private static bool IsComparison(byte value) => value is (byte)'<' or (byte)'>' or (byte)'=' or (byte)'!';
}
