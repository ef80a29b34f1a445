using JitProxy.Conformance.Tests.Support;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace JitProxy.Conformance.Tests.Console;

/// <summary>The console in a real browser: every act of requesters, approvers, owners and auditors, and what could go wrong with them.</summary>
[TestFixture]
internal sealed class ConsoleTests
{
    private ConsoleStage _stage = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _stage = await ConsoleStage.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _stage.DisposeAsync();

    [TearDown]
    public void Nothing_in_any_page_was_complained_about()
    {
        lock (_stage.Complaints)
        {
            var complaints = _stage.Complaints.ToList();
            _stage.Complaints.Clear();
            Assert.That(complaints, Is.Empty);
        }
    }

    [Test]
    public async Task A_refusal_leads_to_the_filled_form_and_the_request_to_the_result()
    {
        const string Statement = "SELECT id, name, ssn, email FROM customers WHERE id <= 3 ORDER BY id";
        var refused = await _stage.Proxy.PsqlAsync("-c", Statement);
        Assert.That(refused.Error, Does.Contain("HINT:  To ask for it: jitproxy request --denied ").And.Contain(" --reason \"...\"\n"));
        var link = refused.Error.Split("In a browser: ")[1].Split('\n')[0];
        Assert.That(link, Does.StartWith($"{_stage.Address}/request?denied="));

        var alice = await _stage.OpenAsync(link);
        await alice.FillAsync("#user", "alice");
        await alice.FillAsync("#password", "alice-password");
        await alice.ClickAsync("button.primary");
        await Expect(alice.Locator("#statement")).ToHaveValueAsync(Statement);
        await Expect(alice.GetByRole(AriaRole.Checkbox, new() { Name = "shop/app" })).ToBeCheckedAsync();
        await Expect(alice.Locator("#explanation")).ToContainTextAsync("masked: inner_outer");
        await alice.GetByLabel("Reason").FillAsync("ticket 4711");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Ask for it" }).ClickAsync();
        await Expect(alice.GetByRole(AriaRole.Status)).ToContainTextAsync("It waits for project-owner.");
        var grant = alice.Url.Split('/')[^1];

        var bob = await _stage.SignInAsync("bob");
        Assert.That(new Uri(bob.Url).AbsolutePath, Is.EqualTo("/inbox"), "what waits comes first");
        await bob.GetByRole(AriaRole.Link, new() { Name = $"Request {grant} of alice" }).ClickAsync();
        await Expect(bob.Locator("pre.sql").First).ToHaveTextAsync(Statement);
        await bob.Keyboard.PressAsync("a");
        await Expect(bob.GetByRole(AriaRole.Status)).ToContainTextAsync("It holds now.");

        await alice.ReloadAsync();
        await alice.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Expect(alice.Locator("table.rows tbody tr")).ToHaveCountAsync(3);
        await Expect(alice.Locator("td.masked")).ToHaveCountAsync(6);
        await Expect(alice.Locator("table.rows")).ToContainTextAsync("name2");
        Assert.That(await alice.ContentAsync(), Does.Not.Contain("CANARY-ssn").And.Not.Contain("CANARYmail"));
        await Expect(alice.GetByText("3 rows")).ToBeVisibleAsync();
    }

    [Test]
    public async Task Explaining_follows_the_typing()
    {
        var alice = await _stage.SignInAsync("alice");
        await alice.GotoAsync("/request");
        await alice.Locator("#statement").PressSequentiallyAsync("SELECT ssn FROM customers WHERE email LIKE 'a%'");
        var explanation = alice.Locator("#explanation");
        await Expect(explanation).ToContainTextAsync("public.customers");
        await Expect(explanation).ToContainTextAsync("masked: full");
        await Expect(explanation).ToContainTextAsync("masked column public.customers.email");
        await Expect(explanation.Locator(".steps")).ToHaveTextAsync("project-owner");
        await alice.GetByLabel("Unmask").CheckAsync();
        await Expect(explanation.Locator(".steps")).ToContainTextAsync("security");
        await alice.FillAsync("#statement", "DELETE FROM customers");
        await Expect(explanation).ToContainTextAsync("can hold only a statement that reads");
        await alice.FillAsync("#statement", "SELECT 'unfinished");
        await Expect(explanation.Locator(".bad").First).ToBeVisibleAsync();
    }

    [Test]
    public async Task Databases_of_a_pattern_are_offered_as_they_are_there()
    {
        foreach (var name in (string[])["report_eu", "report_us", "secret"])
            await Shop.RunAsync(_stage.Server, "app", $"CREATE DATABASE {name}");

        var configuration = await File.ReadAllTextAsync(_stage.Proxy.ConfigurationPath);
        try
        {
            await _stage.ReconfigureAsync(configuration.Replace("databases: [shop/app]", "databases: [shop/app, \"shop/report_*\"]", StringComparison.Ordinal));
            var alice = await _stage.SignInAsync("alice");
            await alice.GotoAsync("/request");
            await Expect(alice.GetByRole(AriaRole.Group, new() { Name = "On" }).GetByRole(AriaRole.Checkbox)).ToHaveCountAsync(3);
            await Expect(alice.GetByLabel("Other databases")).ToHaveCountAsync(0);
            await alice.FillAsync("#statement", "SELECT relname FROM pg_class");
            await alice.GetByLabel("shop/report_us").CheckAsync();
            await Expect(alice.Locator("#explanation")).ToContainTextAsync("This needs no grant");
            var bob = await _stage.SignInAsync("bob");
            await bob.GotoAsync("/projects/store");
            Assert.That(await bob.Locator("#database option").AllTextContentsAsync(), Is.EqualTo(new[] { "shop/app", "shop/report_eu", "shop/report_us" }));
        }
        finally
        {
            await _stage.ReconfigureAsync(configuration);
        }
    }

    [Test]
    public async Task A_refusal_on_a_page_is_in_words_of_a_page()
    {
        var grant = await _stage.Proxy.GrantAsync("SELECT name FROM customers WHERE id IN (1, 2)");
        var alice = await _stage.SignInAsync("alice");
        await alice.GotoAsync("/request");
        await alice.FillAsync("#statement", "SELECT name FROM customers WHERE id IN (1, 2)");
        await alice.FillAsync("#reason", "once more");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Ask for it" }).ClickAsync();
        await Expect(alice.GetByRole(AriaRole.Alert)).ToContainTextAsync($"You have grant {grant} for this");
        Assert.That(await alice.Locator("main").InnerTextAsync(), Does.Not.Contain("jitproxy ").And.Not.Contain("--"));

        await alice.GotoAsync($"/grants/{grant}");
        await _stage.Proxy.RevokeAsync(grant);
        await alice.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Expect(alice.GetByRole(AriaRole.Alert)).ToContainTextAsync("its grant was revoked");
        Assert.That(await alice.Locator("main").InnerTextAsync(), Does.Not.Contain("jitproxy ").And.Not.Contain("--"));
        await alice.GetByRole(AriaRole.Link, new() { Name = "Ask for it" }).ClickAsync();
        await Expect(alice.Locator("#statement")).ToHaveValueAsync("SELECT name FROM customers WHERE id IN (1, 2)");
    }

    [Test]
    public async Task Approvers_sign_in_turn_and_narrow_what_was_asked()
    {
        var grant = await _stage.AskAsync("SELECT ssn FROM customers WHERE id = 4", unmask: true);
        var bob = await _stage.SignInAsync("bob");
        await bob.GotoAsync($"/grants/{grant}");
        await Expect(bob.Locator("main")).ToContainTextAsync("unmask shows column ssn in clear");
        await bob.GetByLabel("For how long").FillAsync("30m");
        await bob.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(bob.GetByRole(AriaRole.Status)).ToContainTextAsync("Next is security.");
        var carol = await _stage.SignInAsync("carol");
        await carol.GotoAsync($"/grants/{grant}");
        await Expect(carol.Locator(".steps .signed")).ToContainTextAsync("signed by bob");
        await carol.GetByLabel("without unmask").CheckAsync();
        await carol.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(carol.Locator("main")).ToContainTextAsync("unmask was taken off");
        var now = await _stage.Proxy.ReadAsync(grant);
        Assert.That((now.Status, now.Unmask, now.Duration), Is.EqualTo(("active", false, "30m")));
    }

    [Test]
    public async Task An_approver_sees_what_it_reads_what_comes_masked_and_what_is_doubtful()
    {
        var grant = await _stage.AskAsync("SELECT name AS \"n\u00E4me\", ssn FROM customers WHERE email > 'm'", reason: "who is \u00DCn\u00EF?");
        var bob = await _stage.SignInAsync("bob");
        await bob.GotoAsync($"/grants/{grant}");
        var main = bob.Locator("main");
        await Expect(bob.Locator("pre.sql").First).ToContainTextAsync("n<U+00E4>me");
        await Expect(bob.Locator("pre.sql .k").First).ToHaveTextAsync("SELECT");
        await Expect(main).ToContainTextAsync("who is \u00DCn\u00EF?");
        await Expect(bob.Locator("table.columns tbody tr").Nth(0)).ToContainTextAsync("in clear");
        await Expect(bob.Locator("table.columns tbody tr").Nth(1).Locator("td, th")).ToHaveTextAsync(["ssn", "masked: full", "public.customers.ssn"]);
        await Expect(main).ToContainTextAsync("filters, joins, groups or orders by masked column public.customers.email");
        await Expect(bob.GetByLabel("Signatures")).ToContainTextAsync("project-owner not signed");
    }

    [Test]
    public async Task A_role_is_asked_for_and_signed()
    {
        var alice = await _stage.SignInAsync("alice");
        await alice.GotoAsync("/request");
        await alice.GetByRole(AriaRole.Link, new() { Name = "Ask for a role instead" }).ClickAsync();
        await alice.GetByLabel("Role").SelectOptionAsync("reader");
        await alice.GetByLabel("Reason").FillAsync("on call this week");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Ask for it" }).ClickAsync();
        await Expect(alice.Locator("h1")).ToContainTextAsync("role");
        var bob = await _stage.SignInAsync("bob");
        await bob.GotoAsync(alice.Url);
        await bob.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(bob.Locator(".notice")).ToContainTextAsync("It holds now.");
        await alice.GotoAsync("/grants?status=active");
        var row = alice.Locator("tbody tr").First;
        await Expect(row.Locator(".badge.active")).ToHaveTextAsync("active");
        await Expect(row.Locator(".badge.flag")).ToHaveTextAsync("role");
        await Expect(row.Locator(".left")).ToContainTextAsync("left");
        await bob.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(bob.Locator("h1")).ToContainTextAsync("revoked");
    }

    [Test]
    public async Task Rejecting_with_keys_alone()
    {
        var grant = await _stage.AskAsync("SELECT name FROM customers WHERE id = 5");
        var bob = await _stage.SignInAsync("bob");
        await bob.GotoAsync($"/grants/{grant}");
        await bob.Keyboard.PressAsync("r");
        await bob.Keyboard.TypeAsync("ask for another, a and r are letters here");
        await bob.Keyboard.PressAsync("Enter");
        await Expect(bob.GetByRole(AriaRole.Status)).ToContainTextAsync("Rejected.");
        Assert.That((await _stage.Proxy.ReadAsync(grant)).Comments, Has.Some.Contains("a and r are letters here"));
        var alice = await _stage.SignInAsync("alice");
        await alice.GotoAsync($"/grants/{grant}");
        await alice.GetByLabel("Ask again").FillAsync("another reason");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Ask again" }).ClickAsync();
        await Expect(alice.Locator("main")).ToContainTextAsync("another reason");
    }

    [Test]
    public async Task What_differs_from_an_earlier_grant_is_marked()
    {
        await _stage.Proxy.GrantAsync("SELECT name FROM customers WHERE id = 6");
        var grant = await _stage.AskAsync("SELECT name FROM customers WHERE id = 7");
        var bob = await _stage.SignInAsync("bob");
        await bob.GotoAsync($"/grants/{grant}");
        await Expect(bob.Locator("pre.sql mark").First).ToHaveTextAsync("7");
        await Expect(bob.Locator(".compare")).ToContainTextAsync("which has id = 6 where this has id = 7");
    }

    [Test]
    public async Task Extending_and_withdrawing()
    {
        var grant = await _stage.Proxy.GrantAsync("SELECT name FROM customers WHERE id = 8");
        var alice = await _stage.SignInAsync("alice");
        await alice.GotoAsync($"/grants/{grant}");
        await alice.GetByLabel("More time").FillAsync("2h");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Extend" }).ClickAsync();
        await Expect(alice.Locator("h1")).ToContainTextAsync("pending");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Withdraw" }).ClickAsync();
        await Expect(alice.Locator("h1")).ToContainTextAsync("canceled");
        await alice.GotoAsync("/grants?status=active");
        await Expect(alice.GetByRole(AriaRole.Link, new() { Name = $"{grant}", Exact = true })).ToBeVisibleAsync();
    }

    [Test]
    public async Task Two_approvers_sign_at_once_and_one_of_them_is_told()
    {
        var grant = await _stage.AskAsync("SELECT name FROM customers WHERE id = 9");
        var (bob, erin) = (await _stage.SignInAsync("bob"), await _stage.SignInAsync("erin"));
        await bob.GotoAsync($"/grants/{grant}");
        await erin.GotoAsync($"/grants/{grant}");
        await Task.WhenAll(new[] { bob, erin }.Select(static p => p.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync()));
        foreach (var page in new[] { bob, erin })
            await Expect(page.Locator(".notice")).ToBeVisibleAsync();

        var words = new[] { await bob.Locator(".notice").TextContentAsync(), await erin.Locator(".notice").TextContentAsync() };
        Assert.That(words, Has.One.Contains("Signed. It holds now.").And.One.Contains("only a pending request can be approved"));
        Assert.That((await _stage.Proxy.ReadAsync(grant)).Steps, Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_request_that_was_withdrawn_meanwhile_is_not_approved()
    {
        var grant = await _stage.AskAsync("SELECT name FROM customers WHERE id = 10");
        var bob = await _stage.SignInAsync("bob");
        await bob.GotoAsync($"/grants/{grant}");
        var alice = await _stage.SignInAsync("alice");
        await alice.GotoAsync($"/grants/{grant}");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Withdraw" }).ClickAsync();
        await Expect(alice.Locator("h1")).ToContainTextAsync("canceled");
        await bob.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(bob.GetByRole(AriaRole.Alert)).ToContainTextAsync("is canceled; only a pending request can be approved");
        Assert.That((await _stage.Proxy.ReadAsync(grant)).Status, Is.EqualTo("canceled"));
    }

    [TestCase("SELECT '<script>alert(1)</script><img src=x onerror=alert(2)>' FROM customers")]
    [TestCase("SELECT '</code></pre></textarea><script>alert(3)</script>' AS \"<script>alert(4)</script>\" FROM customers")]
    [TestCase("SELECT name /* \u202E ; eteled \u2066 */ FROM customers WHERE name = '\u202Eadmin\u2069'")]
    public async Task A_hostile_statement_is_text_to_everybody(string statement)
    {
        var grant = await _stage.AskAsync(statement, reason: "<script>alert(5)</script>\u202E");
        foreach (var (user, paths) in new[] { ("alice", new[] { "/grants", $"/grants/{grant}", $"/request?like={grant}" }), ("bob", ["/inbox", $"/grants/{grant}", "/projects/store", "/trail"]) })
        {
            var page = await _stage.SignInAsync(user);
            foreach (var path in paths)
            {
                await page.GotoAsync(path);
                Assert.That(await page.Locator("script").CountAsync(), Is.EqualTo(1), path);
                Assert.That(await page.Locator("img[src=x]").CountAsync(), Is.Zero, path);
                Assert.That(await page.Locator("main").InnerTextAsync(), Does.Not.Contain("\u202E").And.Not.Contain("\u2066"), path);
            }
        }

        var bob = await _stage.SignInAsync("bob");
        await bob.GotoAsync($"/grants/{grant}");
        var shown = await bob.Locator("pre.sql").First.InnerTextAsync();
        Assert.That(shown, Is.EqualTo(statement.Replace("\u202E", "<U+202E>", StringComparison.Ordinal).Replace("\u2066", "<U+2066>", StringComparison.Ordinal).Replace("\u2069", "<U+2069>", StringComparison.Ordinal)));
    }

    [Test]
    public async Task A_statement_of_a_megabyte_is_asked_for_and_shown()
    {
        var statement = $"SELECT name FROM customers WHERE name IN ('{new string('x', 500_000)}', '{string.Join("','", Enumerable.Range(0, 60_000))}')";
        var alice = await _stage.SignInAsync("alice");
        await alice.GotoAsync("/request");
        await alice.FillAsync("#statement", statement);
        await alice.GetByLabel("Reason").FillAsync("a large one");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Ask for it" }).ClickAsync();
        await Expect(alice.Locator("h1")).ToContainTextAsync("pending", new() { Timeout = 60_000 });
        Assert.That(await alice.Locator("pre.sql").First.TextContentAsync(), Is.EqualTo(statement));
    }

    [Test]
    public async Task An_owner_finds_a_grant_and_revoking_stops_what_runs()
    {
        const string Statement = "SELECT count(*) FROM customers a, customers b, customers c, customers d, customers e, customers f, customers g, customers h, customers i, customers j";
        var grant = await _stage.Proxy.GrantAsync(Statement);
        var running = _stage.Proxy.PsqlAsync("-c", Statement);
        var bob = await _stage.SignInAsync("bob");
        await bob.GotoAsync("/projects");
        await bob.GetByRole(AriaRole.Link, new() { Name = "store" }).ClickAsync();
        await bob.GetByLabel("User").FillAsync("alice");
        await bob.GetByLabel("Statement or reason holds").FillAsync("customers j");
        await bob.GetByRole(AriaRole.Button, new() { Name = "Show", Exact = true }).ClickAsync();
        await bob.GetByRole(AriaRole.Link, new() { Name = $"{grant}", Exact = true }).First.ClickAsync();
        await EventuallyAsync(bob, page => page.Locator(".underway"));
        await Expect(bob.Locator(".underway")).ToContainTextAsync("1 execution runs now");
        await bob.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(bob.GetByRole(AriaRole.Status)).ToContainTextAsync("Revoked.");
        Assert.That((await running).Error, Does.Contain("revoked"));
        await bob.ReloadAsync();
        await Expect(bob.Locator(".underway")).ToHaveCountAsync(0);
    }

    [Test]
    public async Task An_owner_reads_the_rules_and_tries_them()
    {
        var bob = await _stage.SignInAsync("bob");
        await bob.GotoAsync("/projects/store");
        await Expect(bob.GetByRole(AriaRole.Region, new() { Name = "Approval rules" })).ToContainTextAsync("request.unmask == true");
        await bob.GetByLabel("A sample statement").FillAsync("SELECT ssn FROM customers");
        await bob.GetByLabel("unmask").CheckAsync();
        await bob.GetByRole(AriaRole.Button, new() { Name = "Show the flow" }).ClickAsync();
        await Expect(bob.GetByLabel("Try the rules").Locator(".steps li")).ToHaveTextAsync(["project-owner", "security"]);
    }

    [Test]
    public async Task An_auditor_searches_reads_checks_and_takes_the_trail_away()
    {
        const string Statement = "SELECT name, ssn FROM customers WHERE id = 2";
        var grant = await _stage.Proxy.GrantAsync(Statement);
        Assert.That((await _stage.Proxy.PsqlAsync("-c", Statement)).ExitCode, Is.Zero);
        var carol = await _stage.SignInAsync("carol");
        await carol.GotoAsync("/trail");
        await carol.GetByLabel("Grant").FillAsync($"{grant}");
        await carol.GetByLabel("Event").SelectOptionAsync("authorized");
        await carol.GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();
        await Expect(carol.Locator("table.trail tbody tr")).ToHaveCountAsync(1);
        await carol.Locator("table.trail tbody th a").ClickAsync();
        await Expect(carol.GetByLabel("Authorized")).ToContainTextAsync("alice");
        await Expect(carol.GetByLabel("Finished")).ToContainTextAsync("ssn");
        await Expect(carol.Locator("main")).ToContainTextAsync("signed by bob");

        await carol.GotoAsync($"/trail?grant={grant}");
        foreach (var (link, beginning) in new[] { ("CSV", "seq,at,event"), ("JSON Lines", "{\"seq\":") })
        {
            var download = await carol.RunAndWaitForDownloadAsync(() => carol.GetByRole(AriaRole.Link, new() { Name = link }).ClickAsync());
            var text = await File.ReadAllTextAsync(await download.PathAsync());
            Assert.That(text, Does.StartWith(beginning).And.Contain("SELECT name, ssn FROM customers WHERE id = 2"));
        }

        await carol.GotoAsync("/trail");
        await carol.GetByRole(AriaRole.Button, new() { Name = "Check the chain" }).ClickAsync();
        await Expect(carol.Locator("main")).ToContainTextAsync("intact:");
        await carol.GotoAsync("/trail/plots");
        await Expect(carol.Locator(".plot")).ToHaveCountAsync(4);
        Assert.That(await carol.Locator(".plot rect").CountAsync(), Is.GreaterThan(0));
    }

    [TestCase("csv", "id,name,ssn\r\n1,name1,******\r\n")]
    [TestCase("json", "[{\"id\":1,\"name\":\"name1\",\"ssn\":\"******\"}")]
    [TestCase("sql", "SET client_encoding = 'UTF8';\n")]
    [TestCase("xlsx", "PK")]
    public async Task An_export_is_a_download_with_its_progress(string format, string beginning)
    {
        var statement = $"SELECT id, name, ssn FROM customers WHERE '{format}' <> '' ORDER BY id";
        var grant = await _stage.Proxy.GrantAsync(statement, new(Export: true));
        var alice = await _stage.SignInAsync("alice");
        await alice.GotoAsync($"/grants/{grant}");
        await alice.GetByLabel("Export as").SelectOptionAsync(format);
        var download = await alice.RunAndWaitForDownloadAsync(() => alice.GetByRole(AriaRole.Button, new() { Name = "Export" }).ClickAsync());
        Assert.That(download.SuggestedFilename, Is.EqualTo($"grant-{grant}.{format}"));
        var file = await File.ReadAllTextAsync(await download.PathAsync());
        Assert.That(file.Replace("\n", format == "json" ? "" : "\n", StringComparison.Ordinal), Does.StartWith(beginning));
        Assert.That(file, Does.Not.Contain("CANARY"));
        await Expect(alice.Locator(".progress")).ToContainTextAsync("Done: 9 rows");
        await Expect(alice.GetByRole(AriaRole.Button, new() { Name = "Export" })).Not.ToHaveAttributeAsync("aria-busy", "true");
    }

    [Test]
    public async Task Without_export_there_is_no_such_button_and_no_such_file()
    {
        var grant = await _stage.Proxy.GrantAsync("SELECT id, name, ssn FROM customers WHERE id < 9 ORDER BY id");
        var alice = await _stage.SignInAsync("alice");
        await alice.GotoAsync($"/grants/{grant}");
        await Expect(alice.GetByRole(AriaRole.Button, new() { Name = "Run" })).ToBeVisibleAsync();
        await Expect(alice.GetByRole(AriaRole.Button, new() { Name = "Export" })).ToHaveCountAsync(0);
        await alice.EvaluateAsync($$"""
            () => {
                const form = document.querySelector("form[action$=run]");
                form.action = "/grants/{{grant}}/export";
                form.insertAdjacentHTML("beforeend", '<input name="format" value="csv">');
                form.requestSubmit();
            }
            """);
        await Expect(alice.GetByRole(AriaRole.Alert)).ToContainTextAsync("export");
    }

    [Test]
    public async Task Everything_works_without_scripts()
    {
        var options = new BrowserNewContextOptions { JavaScriptEnabled = false };
        var (alice, bob) = (await _stage.SignInAsync("alice", options), await _stage.SignInAsync("bob", options));
        await alice.GotoAsync("/request");
        await alice.FillAsync("#statement", "SELECT name FROM customers WHERE id = 1");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Explain" }).ClickAsync();
        await Expect(alice.Locator("#explanation")).ToContainTextAsync("public.customers");
        await alice.FillAsync("#reason", "no scripts");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Ask for it" }).ClickAsync();
        await bob.GotoAsync(alice.Url);
        await bob.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(bob.Locator(".notice")).ToContainTextAsync("It holds now.");
        await alice.ReloadAsync();
        await alice.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Expect(alice.Locator("table.rows")).ToContainTextAsync("name1");
        await bob.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(bob.Locator(".notice")).ToContainTextAsync("Revoked.");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(alice.Locator("#password")).ToBeVisibleAsync();
    }

    [Test]
    public async Task A_long_result_ends_at_the_cap_and_says_so()
    {
        const string Statement = "SELECT a.id FROM customers a, customers b, customers c, customers d";
        var grant = await _stage.Proxy.GrantAsync(Statement, new(Export: true));
        var alice = await _stage.SignInAsync("alice");
        await alice.GotoAsync($"/grants/{grant}");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Expect(alice.GetByText("Only the first 1000 rows are shown.")).ToBeVisibleAsync();
        await Expect(alice.Locator("table.rows tbody tr")).ToHaveCountAsync(1000);
    }

    private static async Task EventuallyAsync(IPage page, Func<IPage, ILocator> find)
    {
        for (var i = 0; i < 50 && await find(page).CountAsync() == 0; i++)
        {
            await page.WaitForTimeoutAsync(100);
            await page.ReloadAsync();
        }
    }
}
