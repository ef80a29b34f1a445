using NUnit.Framework;

namespace JitProxy.Server.Tests.Configuration;

/// <summary>Whatever a file holds, it is a configuration or a list of faults with places inside it; never an exception.</summary>
public sealed class ConfigurationFuzzTests
{
    private static readonly string[] Pieces =
        ["{", "}", "[", "]", ":", "- ", "\n", "  ", "\t", "\"", "'", "|", ">", "&a ", "*a", "!!int ", "#", "${", "$${", "---\n", "? ", "\0", "\u202E", "\uFFFF", "99999999999999999999", "\r", "%"];

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void Damage_gives_faults_and_no_exception(int seed)
    {
        using var file = new ConfigurationFile("");
        file.Write("server.crt", "").Write("server.key", "").Write("ca.crt", "").Write("secret.txt", "s").With("SHOP_PASSWORD", "s");
        var random = new Random(seed);
        var faulty = 0;
        for (var i = 0; i < 150; i++)
        {
            var text = GoldenConfigurationTests.Full;
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                var at = random.Next(text.Length);
                text = random.Next(3) switch
                {
                    0 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
                    1 => text.Remove(at, Math.Min(random.Next(1, 30), text.Length - at)),
                    _ => text.Remove(at, 1).Insert(at, Pieces[random.Next(Pieces.Length)]),
                };
            }

            file.Write("jitproxy.yaml", text);
            var faults = file.Faults();
            var lines = text.Count(c => c == '\n') + text.Count(c => c == '\r') + 2;
            Assert.That(faults.Where(f => f.Line < 1 || f.Column < 1 || f.Line > lines || f.Message.Length == 0), Is.Empty, text);
            faulty += faults.Count > 0 ? 1 : 0;
        }

        Assert.That(faulty, Is.GreaterThan(75), "most damage is noticed");
    }
}
