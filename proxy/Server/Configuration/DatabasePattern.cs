namespace JitProxy.Server.Configuration;

/// <summary>Databases of one server: a name, or a pattern in which `*` stands for any run of characters.</summary>
internal readonly record struct DatabasePattern(string Server, string Database)
{
    /// <summary>Whether the pattern covers this database; names compare byte for byte.</summary>
    public bool Covers(string server, string database) =>
        string.Equals(Server, server, StringComparison.Ordinal) && Covers(Database.AsSpan(), database);

    /// <summary>Whether the pattern covers `server/database`.</summary>
    public bool Covers(string qualified)
    {
        var slash = qualified.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && Covers(qualified[..slash], qualified[(slash + 1)..]);
    }

    /// <summary>`server/database`.</summary>
    public override string ToString() => $"{Server}/{Database}";

    // The usual two-pointer match: on a mismatch, let the last star swallow one character more. Never exponential.
    private static bool Covers(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int p = 0, n = 0, star = -1, retry = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                retry = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++retry;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].Trim('*').IsEmpty;
    }
}
