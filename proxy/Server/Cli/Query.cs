namespace JitProxy.Server.Cli;

/// <summary>The query part of an address.</summary>
internal static class Query
{
    /// <summary>`?a=1&amp;b=2` of the parts that have a value; empty when none has.</summary>
    public static string Of(params ReadOnlySpan<(string Name, string? Value)> parts)
    {
        var query = "";
        foreach (var (name, value) in parts)
        {
            if (value is not null)
                query += $"{(query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(value)}";
        }

        return query;
    }
}
