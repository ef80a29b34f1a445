namespace JitProxy.Policy.Approval;

/// <summary>Finds what somebody probably meant when a name is misspelt.</summary>
public static class NearestName
{
    /// <summary>The candidate with the fewest edits from the name; null when none is near (a third of its length, at most 3, or a word cut short).</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(candidates);
        var best = default(string);
        var near = Math.Min(Math.Clamp(name.Length / 3, 1, 3), name.Length - 1);
        var bestDistance = near + 1;
        foreach (var candidate in candidates)
        {
            var distance = Distance(name, candidate);
            if (name.Length >= 3 && candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                distance = Math.Min(distance, near);

            if (distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    // Insertions, deletions, changes and swaps of neighbours, case ignored.
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                var same = Fold(a[i - 1]) == Fold(b[j - 1]);
                var least = Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1;
                least = Math.Min(least, rows[i - 1, j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && Fold(a[i - 1]) == Fold(b[j - 2]) && Fold(a[i - 2]) == Fold(b[j - 1]))
                    least = Math.Min(least, rows[i - 2, j - 2] + 1);

                rows[i, j] = least;
            }
        }

        return rows[a.Length, b.Length];
    }

    private static char Fold(char c) => c == '-' ? '_' : char.ToLowerInvariant(c);
}
