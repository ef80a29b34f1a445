using System.Text;

namespace JitProxy.Policy.Sql;

/// <summary>Compares a statement with one that a grant allows, so that a refusal can point at the difference.</summary>
public static class NearMiss
{
    private const int DistanceMax = 8;
    private const int TokensBefore = 2;
    private const int TokenLengthMax = 48;

    /// <summary>The first difference; null if the statements are equal, or so different that it would help nobody.</summary>
    public static TokenDifference? Find(NormalForm granted, NormalForm offered)
    {
        // A third of the statement changed is another statement.
        var limit = Math.Clamp(Math.Min(granted.TokenCount, offered.TokenCount) / 3, 1, DistanceMax);
        if (granted.Dialect != offered.Dialect || granted.Modes != offered.Modes || Math.Abs(granted.TokenCount - offered.TokenCount) > limit)
            return null;

        var left = TokensOf(granted);
        var right = TokensOf(offered);
        var index = CommonCount(left, right, fromEnd: false, Math.Min(left.Count, right.Count));
        if (index == left.Count && index == right.Count)
            return null;

        var same = CommonCount(left, right, fromEnd: true, Math.Min(left.Count, right.Count) - index);
        var distance = Distance(left[index..^same], right[index..^same], limit);
        if (distance > limit)
            return null;

        var (grantedFrom, offeredFrom) = ShowFrom(left, right, index);
        return new(Show(granted, left, index, grantedFrom), Show(offered, right, index, offeredFrom), index, distance);
    }

    private static List<(TokenKind Kind, string Text)> TokensOf(NormalForm form)
    {
        var tokens = new List<(TokenKind, string)>(form.TokenCount);
        foreach (var token in new CanonicalReader(form.Canonical))
            tokens.Add((token.Kind, Encoding.UTF8.GetString(form.Canonical.Slice(token.Start, token.Length))));
        return tokens;
    }

    private static int CommonCount(List<(TokenKind, string)> left, List<(TokenKind, string)> right, bool fromEnd, int countMax)
    {
        var count = 0;
        while (count < countMax && left[fromEnd ? left.Count - 1 - count : count] == right[fromEnd ? right.Count - 1 - count : count])
            count++;
        return count;
    }

    /// <summary>
    /// Edit distance in tokens; more than the limit is all the same. Only the band around the diagonal is computed, so time is linear
    /// in the tokens.
    /// </summary>
    private static int Distance(List<(TokenKind, string)> left, List<(TokenKind, string)> right, int limit)
    {
        // Place i of a row stands for the column row + i - limit.
        var width = (2 * limit) + 1;
        Span<int> above = stackalloc int[(2 * DistanceMax) + 1];
        Span<int> current = stackalloc int[(2 * DistanceMax) + 1];
        above.Fill(limit + 1);
        for (var i = limit; i < width; i++)
            above[i] = i - limit;

        for (var row = 1; row <= left.Count; row++)
        {
            var best = limit + 1;
            for (var i = 0; i < width; i++)
            {
                current[i] = limit + 1;
                var column = row + i - limit;
                if (column < 0 || column > right.Count)
                    continue;

                if (column > 0)
                    current[i] = above[i] + (left[row - 1] == right[column - 1] ? 0 : 1);
                if (i + 1 < width)
                    current[i] = Math.Min(current[i], above[i + 1] + 1);
                if (i > 0)
                    current[i] = Math.Min(current[i], current[i - 1] + 1);
                best = Math.Min(best, current[i]);
            }

            if (best > limit)
                return best;

            var spare = above;
            above = current;
            current = spare;
        }

        return above[right.Count - left.Count + limit];
    }

    /// <summary>Where in two long tokens to begin showing them, so that their difference is seen.</summary>
    private static (int Granted, int Offered) ShowFrom(List<(TokenKind Kind, string Text)> left, List<(TokenKind Kind, string Text)> right, int index)
    {
        if (index >= left.Count || index >= right.Count)
            return (0, 0);

        var (granted, offered) = (left[index].Text, right[index].Text);
        var same = granted.AsSpan().CommonPrefixLength(offered);
        var from = Math.Max(0, same - (TokenLengthMax / 2));
        return (from < granted.Length ? from : 0, from < offered.Length ? from : 0);
    }

    private static string Show(NormalForm form, List<(TokenKind Kind, string Text)> tokens, int index, int from)
    {
        var text = new StringBuilder();
        var first = Math.Max(0, index - TokensBefore);
        for (var i = first; i <= index; i++)
        {
            if (i > first)
                text.Append(i < tokens.Count ? StatementText.Separator(form, tokens, i) : " ");
            text.Append(Shorten(i < tokens.Count ? tokens[i].Text : "(end)", i == index ? from : 0));
        }

        return text.ToString();
    }

    private static string Shorten(string token, int from)
    {
        // Half of a surrogate pair is no text.
        if (from > 0 && char.IsLowSurrogate(token[from]))
            from--;
        var length = Math.Min(TokenLengthMax, token.Length - from);
        if (from + length < token.Length && char.IsLowSurrogate(token[from + length]))
            length--;
        return string.Concat(from > 0 ? "..." : "", token.AsSpan(from, length), from + length < token.Length ? "..." : "");
    }
}
