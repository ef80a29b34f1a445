using System.Buffers;
using System.Text;
using NUnit.Framework;

namespace JitProxy.Repository.Tests;

/// <summary>What explains a folder is that folder's README.md, and what it names exists.</summary>
[TestFixture]
internal sealed class DocsTests
{
    private static readonly string[] Extensions = [".cs", ".csproj", ".sln", ".sh", ".md", ".props", ".txt"];

    private static readonly SearchValues<char> NotInPaths = SearchValues.Create(" *{}<>$|()\"'=,:;[]\\\n");

    private static IEnumerable<string> Folders =>
        new[] { "policy", "storage", "bench", "tests", "proxy" }
            .Concat(Directory.EnumerateDirectories(Path.Combine(Repository.Root, "proxy")).Select(d => "proxy/" + Path.GetFileName(d)).Order(StringComparer.Ordinal));

    [Test]
    public void Folder_explains_itself() =>
        Assert.That(Folders.Where(f => !Repository.Has(f + "/README.md")), Is.Empty, "these have no README.md");

    [Test]
    public void Paths_named_in_readmes_exist()
    {
        var named = Repository.Readmes.SelectMany(r => PathsIn(r).Select(p => (Readme: r, Path: p))).ToList();
        Assert.That(named, Has.Count.GreaterThan(5), "the search finds paths");

        var gone = named.Where(n => !Repository.Has(Path.Combine(Path.GetDirectoryName(n.Readme)!, n.Path)) && !Repository.Has(n.Path));
        Assert.That(gone, Is.Empty);
    }

    // In backticks, outside of code blocks: what ends like a file or a folder, or begins like a path from the top.
    private static IEnumerable<string> PathsIn(string readme)
    {
        var isCode = false;
        var text = new StringBuilder();
        foreach (var line in Repository.ReadLines(readme))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
                isCode = !isCode;
            else if (!isCode)
                text.Append(line).Append('\n');
        }

        var quoted = text.ToString().Split('`').Where((_, i) => i % 2 == 1);
        return quoted.Select(q => q.StartsWith("./", StringComparison.Ordinal) ? q[2..].Split(' ')[0] : q).Where(IsPath).Distinct();
    }

    private static bool IsPath(string quoted)
    {
        if (quoted.Length == 0 || quoted[0] == '/' || quoted.AsSpan().ContainsAny(NotInPaths))
            return false;
        var hasSlash = quoted.Contains('/', StringComparison.Ordinal);
        return (hasSlash && (quoted[^1] == '/' || Directory.Exists(Path.Combine(Repository.Root, quoted.Split('/')[0]))))
            || Extensions.Any(e => quoted.Length > e.Length && quoted.EndsWith(e, StringComparison.Ordinal));
    }
}
