using JitProxy.Server.Authenticate;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

internal sealed class StartupOptionsTests
{
    [TestCase("", "")]
    [TestCase("   ", "")]
    [TestCase("-c geqo=off", "geqo=off")]
    [TestCase("-cgeqo=off", "geqo=off")]
    [TestCase("--geqo=off", "geqo=off")]
    [TestCase("  -c\tgeqo=off   --datestyle=ISO ", "geqo=off|datestyle=ISO")]
    [TestCase("-c statement-timeout=5s", "statement_timeout=5s")]
    [TestCase("-c search_path=a\\ b", "search_path=a b")]
    [TestCase("-c x=a\\\\b", "x=a\\b")]
    [TestCase("-c x=", "x=")]
    [TestCase("-c x=a=b", "x=a=b")]
    [TestCase("-c a=1 -c a=2", "a=1|a=2")]
    public void Settings_are_read_in_order(string options, string expected)
    {
        var settings = new List<KeyValuePair<string, string>>();
        Assert.That(StartupOptions.TryParse(options, settings, out _), Is.True);
        Assert.That(string.Join('|', settings.Select(setting => $"{setting.Key}={setting.Value}")), Is.EqualTo(expected));
    }

    [TestCase("-c", "-c ")]
    [TestCase("-c geqo", "geqo")]
    [TestCase("--geqo", "--geqo")]
    [TestCase("-c =x", "=x")]
    [TestCase("-d 5", "-d")]
    [TestCase("geqo=off", "geqo=off")]
    [TestCase("-c geqo=off -B 100", "-B")]
    [TestCase("-C geqo=off", "-C")]
    public void Anything_else_is_refused_by_name(string options, string offending)
    {
        Assert.That(StartupOptions.TryParse(options, [], out var found), Is.False);
        Assert.That(found, Does.EndWith(offending));
    }
}
