using System.Text;
using JitProxy.Server.Console;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Console;

/// <summary>What the desk says to everybody, in the words of a page.</summary>
[TestFixture]
internal sealed class PageWordsTests
{
    [TestCase("Grant 7 is active; only a pending request can be approved. To end it: jitproxy revoke 7. To prolong it: jitproxy extend 7.", "Grant 7 is active; only a pending request can be approved.")]
    [TestCase("A request needs a reason for its approvers: --reason \"...\".", "A request needs a reason for its approvers.")]
    [TestCase("Project p grants at most 7d (max_expiration). Ask for less: --expires 7d.", "Project p grants at most 7d (max_expiration). Ask for at most 7d.")]
    [TestCase("Project p allows no export (data_export is closed). Sign without it: jitproxy approve 7 --no-export.", "Project p allows no export (data_export is closed). Sign without it.")]
    [TestCase("Ask for the statement with export (jitproxy request ... --export), or for fewer rows.", "Ask for the statement with export, or for fewer rows.")]
    [TestCase("A role grant always comes masked. Ask for the statement instead: --statement SQL --unmask.", "A role grant always comes masked. Ask for the statement instead, with Unmask.")]
    [TestCase("Ask for both, if one project holds them: --database a,s/b. Then wait.", "Ask for both, if one project holds them. Then wait.")]
    [TestCase("Ask with --unmask, or without it.", "Ask with Unmask, or without it.")]
    [TestCase("Say for whom it is: --as NAME", "Say for whom it is")]
    [TestCase("There is no grant 7. See: jitproxy grants.", "There is no grant 7.")]
    [TestCase("You have 100 requests waiting. Withdraw some first: jitproxy cancel ID.", "You have 100 requests waiting. Withdraw some first.")]
    [TestCase("To ask for it: jitproxy request --denied 9 --reason \"...\"\nIn a browser: http://h/request?denied=9", "In a browser: http://h/request?denied=9")]
    [TestCase("user \"alice\" may not run this statement on shop/app: its grant was revoked", "user \"alice\" may not run this statement on shop/app: its grant was revoked")]
    public void Sentences_stay_and_commands_go(string text, string words) => Assert.That(PageWords.Of(text), Is.EqualTo(words));

    [Test]
    public void A_hint_about_a_refusal_is_a_link_and_no_sentence()
    {
        const string Hint = "To ask for it: jitproxy request --denied 9 --export --reason \"...\"\nIn a browser: http://h/request?denied=9";
        Assert.That(PageWords.FindDenied(Hint), Is.EqualTo(9));
        Assert.That(PageWords.Of("a detail", Hint), Is.EqualTo(new[] { "a detail" }));
        Assert.That(PageWords.FindDenied("See: jitproxy grants."), Is.Null);
    }

    // Whatever is added there later has to read on a page, too.
    [Test]
    public void No_text_of_the_desk_keeps_a_word_of_the_command_line()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "JitProxy.sln")))
            root = root.Parent!;

        var server = Path.Combine(root.FullName, "proxy", "Server");
        var texts = new[] { "Decide", "Admin" }.SelectMany(folder => Directory.GetFiles(Path.Combine(server, folder), "*.cs"))
            .Where(static file => Path.GetFileName(file) is not ("UserDirectory.cs" or "Authentication.cs"))
            .SelectMany(static file => File.ReadLines(file))
            .Where(static line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(LiteralsOf)
            .Where(static text => text.Contains("jitproxy ", StringComparison.Ordinal) || text.Contains("--", StringComparison.Ordinal)).ToList();
        Assert.That(texts, Has.Count.GreaterThan(20), "they are found");
        Assert.That(texts.Select(PageWords.Of), Has.None.Contains("jitproxy ").And.None.Contains("--"));
    }

    // The string literals of a line of C#; what stands in a hole is 7.
    private static List<string> LiteralsOf(string line)
    {
        var literals = new List<string>();
        StringBuilder? literal = null;
        var depth = 0;
        for (var i = 0; i < line.Length; i++)
        {
            if (literal is null)
                literal = line[i] == '"' ? new() : null;
            else if (depth > 0 || line[i] == '{')
                depth += line[i] == '{' ? 1 : line[i] == '}' ? -1 : 0;
            else if (line[i] == '"')
                (literals, literal) = ([.. literals, literal.ToString()], null);
            else
                literal.Append(line[i] == '\\' ? line[++i] : line[i]);

            if (literal is not null && depth == 0 && line[i] == '}')
                literal.Append('7');
        }

        return literals;
    }
}
