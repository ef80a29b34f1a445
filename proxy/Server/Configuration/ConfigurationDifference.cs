namespace JitProxy.Server.Configuration;

/// <summary>What differs between two configurations.</summary>
internal static class ConfigurationDifference
{
    /// <summary>The keys whose change a running proxy cannot follow: its store, and what it listens on.</summary>
    public static IEnumerable<string> NeedsRestart(ProxyConfiguration former, ProxyConfiguration read)
    {
        if (former.Storage != read.Storage)
            yield return "storage";

        if (former.Admin with { Url = read.Admin.Url } != read.Admin)
            yield return "admin";

        if (former.Audit.Durability != read.Audit.Durability)
            yield return "audit.durability";

        foreach (var name in former.Servers.Keys.Union(read.Servers.Keys, StringComparer.Ordinal))
        {
            if (!former.Servers.TryGetValue(name, out var before) || !read.Servers.TryGetValue(name, out var after))
                yield return $"servers.{name}";
            else if (!before.Listen.Equals(after.Listen) || before.Engine != after.Engine || before.Transport != after.Transport)
                yield return $"servers.{name}.listen";
            else if (before.Tls != after.Tls)
                yield return $"servers.{name}.tls";
        }
    }
}
