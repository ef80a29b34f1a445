using System.Reflection;
using NUnit.Framework;

namespace JitProxy.Repository.Tests;

/// <summary>The habits that a compiler does not check.</summary>
[TestFixture]
internal sealed class TidyTests
{
    private const int LinesMax = 500;
    private const int LinesMaxWithoutReason = 300;
    private const int LineLengthMax = 160;

    // Tests hold tables, one case per line; a table wrapped is a table lost. So lines that begin with a literal or a case have no limit there.
    private const int TestLineLengthMax = 240;
    private static readonly string[] TableRows = ["[TestCase(", "\"", "(\""];

    // Files above 300 lines, and why they are one. The list may shrink; what has become short must leave it.
    private static readonly Dictionary<string, string> LongFiles = new()
    {
    };

    private static readonly string[] BannedSuffixes = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Common", "Base", "Info"];

    // Put together here, so that this file does not hold what it looks for.
    private static readonly string[] BannedTexts = ["TO" + "DO", "FIX" + "ME", "HA" + "CK:", "#reg" + "ion"];

    private static IEnumerable<string> Production => Repository.Sources.Where(p => !p.StartsWith("tests/", StringComparison.Ordinal));

    [Test]
    public void Files_are_short()
    {
        var production = Production.ToHashSet();
        var offenders = Repository.Sources
            .Select(p => (Path: p, Lines: Repository.ReadLines(p).Length))
            .Where(f => f.Lines > LinesMax || (f.Lines > LinesMaxWithoutReason && production.Contains(f.Path) && !LongFiles.ContainsKey(f.Path)));
        Assert.That(offenders, Is.Empty, "split it, or say in LongFiles why it is one");
    }

    [Test]
    public void List_of_long_files_holds_long_files_only() =>
        Assert.That(LongFiles.Keys.Where(p => !Repository.Has(p) || Repository.ReadLines(p).Length <= LinesMaxWithoutReason), Is.Empty);

    [Test]
    public void Lines_are_short()
    {
        var production = Production.ToHashSet();
        Assert.That(LinesWhere((path, line) => line.Length > (production.Contains(path) ? LineLengthMax : TestLineLengthMax) && (production.Contains(path) || !IsTableRow(line))), Is.Empty);

        static bool IsTableRow(string line) => TableRows.Any(r => line.AsSpan().TrimStart().StartsWith(r, StringComparison.Ordinal));
    }

    [Test]
    public void Nothing_is_left_for_later() =>
        Assert.That(LinesWhere((_, line) => BannedTexts.Any(t => line.Contains(t, StringComparison.Ordinal))), Is.Empty);

    [TestCase("JitProxy.Policy")]
    [TestCase("JitProxy.Wire")]
    [TestCase("JitProxy.Storage")]
    [TestCase("JitProxy.Server")]
    public void Types_say_what_they_are(string assembly)
    {
        var names = Assembly.Load(assembly).GetTypes().Select(t => t.Name.Split('`')[0]).Where(n => !n.Contains('<', StringComparison.Ordinal)).ToList();
        Assert.That(names, Is.Not.Empty);
        foreach (var name in names)
            Assert.That(BannedSuffixes.Where(s => name.EndsWith(s, StringComparison.Ordinal)), Is.Empty, name);
    }

    // Enums and records that belong to a type may share its file.
    [Test]
    public void File_has_one_public_type_and_its_name()
    {
        var offenders = new List<string>();
        foreach (var path in Production)
        {
            var types = Repository.ReadLines(path).Select(TryReadPublicType).OfType<(string Kind, string Name)>().ToList();

            // What follows a dot belongs to the type before it: `Log` in Listener.Log.cs.
            var isNamed = types.Any(t => t.Name == Path.GetFileName(path).Split('.')[0]) || types.All(t => t.Kind == "enum");
            if (types.Count(t => t.Kind is not ("enum" or "record")) > 1 || !isNamed)
                offenders.Add($"{path}: {string.Join(", ", types.Select(t => t.Name))}");
        }

        Assert.That(offenders, Is.Empty);
    }

    private static List<string> LinesWhere(Func<string, string, bool> isOffender) =>
        [.. Repository.Sources.SelectMany(p => Repository.ReadLines(p).Select((line, i) => (p, line, i)).Where(l => isOffender(l.p, l.line)).Select(l => $"{l.p}:{l.i + 1}"))];

    // A declaration at the start of a line is not nested: namespaces are file-scoped.
    private static (string Kind, string Name)? TryReadPublicType(string line)
    {
        var words = line.Split([' ', '(', '<', ':', '{'], StringSplitOptions.RemoveEmptyEntries);
        if (words is not ["public", ..] || line[0] != 'p')
            return null;

        var kind = Array.FindIndex(words, w => w is "class" or "struct" or "record" or "interface" or "enum");
        if (kind < 0 || kind + 1 >= words.Length)
            return null;
        return words[kind] == "record" && words[kind + 1] is "struct" or "class"
            ? ("record", words[kind + 2])
            : (words[kind], words[kind + 1]);
    }
}
