using JitProxy.Conformance.Tests.Support;
using Microsoft.Playwright;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Console;

/// <summary>Every page, by light, by dark and on a phone: nothing for axe to find, and nothing that sticks out. JITPROXY_SCREENSHOTS names a folder for pictures.</summary>
[TestFixture]
internal sealed class ConsoleLooksTests
{
    private static readonly (string Name, BrowserNewContextOptions Options)[] Looks =
    [
        ("light", new() { ColorScheme = ColorScheme.Light, ViewportSize = new() { Width = 1200, Height = 850 } }),
        ("dark", new() { ColorScheme = ColorScheme.Dark, ViewportSize = new() { Width = 1200, Height = 850 } }),
        ("phone", new() { ColorScheme = ColorScheme.Light, ViewportSize = new() { Width = 390, Height = 844 }, IsMobile = true, HasTouch = true }),
    ];

    [Test]
    public async Task Every_page_is_accessible_and_fits()
    {
        await using var stage = await ConsoleStage.StartAsync();
        var axe = await ReadAxeAsync();
        var first = await stage.Proxy.GrantAsync("SELECT id, name, ssn, email FROM customers WHERE id <= 3 ORDER BY id");
        Assert.That((await stage.Proxy.PsqlAsync("-c", "SELECT id, name, ssn, email FROM customers WHERE id <= 3 ORDER BY id")).ExitCode, Is.Zero);
        var exported = await stage.Proxy.GrantAsync("SELECT id, name, ssn FROM customers ORDER BY id", new(Export: true));
        await stage.Proxy.PsqlAsync("-c", "SELECT ssn FROM customers");
        var asked = await stage.AskAsync("SELECT id, name, ssn, email -- the address\nFROM customers WHERE id <= 4 AND email > 'm' ORDER BY id", unmask: true, "ticket 4711: which customers gave no address?");
        var denied = (await stage.Proxy.AuditAsync("decision=denied"))[^1].Seq;
        (string User, string Name, string Path, string? Act)[] pages =
        [
            ("", "sign-in", "/sign-in", null),
            ("alice", "ask", $"/request?denied={denied}", null), ("alice", "ask-role", "/request?kind=role", null), ("alice", "mine", "/grants", null),
            ("alice", "grant", $"/grants/{first}", null), ("alice", "result", $"/grants/{first}", "form[action$=run] button"), ("alice", "export", $"/grants/{exported}", "form[action$=export] button"), ("alice", "nothing", "/nothing", null),
            ("bob", "inbox", "/inbox", null), ("bob", "request", $"/grants/{asked}", null), ("bob", "projects", "/projects", null),
            ("bob", "project", "/projects/store?sample=SELECT+ssn+FROM+customers&database=shop/app&unmask=1", null),
            ("carol", "trail", "/trail", null), ("carol", "record", $"/trail/{denied}", null), ("carol", "plots", "/trail/plots", null),
        ];
        foreach (var (look, options) in Looks)
        {
            foreach (var group in pages.GroupBy(static p => p.User))
            {
                var page = group.Key.Length == 0 ? await stage.OpenAsync("/sign-in", options) : await stage.SignInAsync(group.Key, options);
                foreach (var (_, name, path, act) in group)
                {
                    await page.GotoAsync(path);
                    if (act is not null)
                        await page.ClickAsync(act);
                    if (name == "export")
                        await Assertions.Expect(page.Locator(".progress")).ToContainTextAsync("Done: 9 rows");

                    if (Environment.GetEnvironmentVariable("JITPROXY_SCREENSHOTS") is { Length: > 0 } folder)
                        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{look}.png"), FullPage = true });

                    Assert.That(await page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth"), Is.LessThanOrEqualTo(0), $"{name} sticks out by {look}");
                    await page.EvaluateAsync(axe);
                    var faults = await page.EvaluateAsync<string[]>("async () => (await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' '))");
                    Assert.That(faults, Is.Empty, $"{name} by {look}");
                }
            }
        }

        Assert.That(stage.Complaints, Is.Empty);
    }

    private static async Task<string> ReadAxeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("jitproxy-axe").FullName;
        try
        {
            var run = await ProcessRun.RunAsync("npm", ["install", "--no-audit", "--no-fund", "--prefix", folder, "axe-core@4"]);
            Assert.That(run.ExitCode, Is.Zero, run.Text);
            return await File.ReadAllTextAsync(Path.Combine(folder, "node_modules", "axe-core", "axe.min.js"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
