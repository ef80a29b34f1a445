namespace JitProxy.Policy.Sql;

/// <summary>Ends of PostgreSQL operators: the longest run, cut by two rules of the server's scanner.</summary>
internal static class PostgresOperator
{
    /// <summary>The server's limit, in bytes.</summary>
    public const int SizeMax = 63;

    /// <summary>Offset behind the operator at <paramref name="start"/>, where no comment begins; -1 at a fault.</summary>
    public static int FindEnd(ReadOnlySpan<byte> text, int start, ref long costLeft, out TextFault fault)
    {
        fault = TextFault.None;

        // First rule: a comment that begins inside the run ends it.
        var end = start + 1;
        while (end < text.Length && PostgresCharacters.IsOperator(text[end]))
        {
            if ((text[end - 1], text[end]) is ((byte)'-', (byte)'-') or ((byte)'/', (byte)'*'))
            {
                end--;
                break;
            }

            end++;
        }

        costLeft -= end - start;
        if (costLeft < 0)
        {
            fault = TextFault.TooCostly;
            return -1;
        }

        end = CutSigns(text, start, end);
        if (end - start > SizeMax)
        {
            fault = TextFault.BadOperator;
            return -1;
        }

        return end;
    }

    /// <summary>
    /// Second rule: signs at the end belong to the operand, unless the operator has a character beyond those of standard SQL: <c>=-</c>
    /// is two, <c>@-</c> one.
    /// </summary>
    private static int CutSigns(ReadOnlySpan<byte> text, int start, int end)
    {
        if (end - start == 1 || !IsSign(text[end - 1]))
            return end;

        foreach (var symbol in text[start..(end - 1)])
        {
            if (PostgresCharacters.IsBeyondSql(symbol))
                return end;
        }

        do
        {
            end--;
        }
        while (end - start > 1 && IsSign(text[end - 1]));
        return end;
    }

    private static bool IsSign(byte symbol) => symbol is (byte)'+' or (byte)'-';
}
