using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using JitProxy.Conformance.Tests.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Export;

/// <summary><c>jitproxy export</c> on every engine: what is in the files, and who may have them.</summary>
[TestFixture(AnyShop.PostgreSql)]
[TestFixture(AnyShop.MariaDb)]
[TestFixture(AnyShop.MySql)]
internal sealed class ExportTests(string engine)
{
    private const string Everything = "SELECT * FROM customers ORDER BY id";

    private AnyShop _shop = null!;
    private long _grant;

    private ThrowAwayProxy Proxy => _shop.Proxy;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _shop = await AnyShop.StartAsync(engine);
        _grant = await Proxy.GrantAsync(Everything, new(Export: true));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _shop.DisposeAsync();

    [Test]
    public async Task Csv_has_a_header_and_quotes_what_needs_it()
    {
        var grant = await Proxy.GrantAsync("SELECT id, name, ssn, email, note, photo FROM customers ORDER BY id", new(Export: true));
        var digits = _shop.IsPostgres ? "\\x00ff27" : "0x00FF27";

        Assert.That(
            Encoding.UTF8.GetString(await ExportAsync(grant, "csv")),
            Is.EqualTo($"id,name,ssn,email,note,photo\r\n1,name1,******,C**************.com,plain,{digits}\r\n2,\"Ünï \"\"2\"\", o'clock\",******,,=1+1,\r\n3,\"\",,,\"a\nb\tc\\d,;\",\r\n"));
    }

    [Test]
    public async Task Json_has_values_of_their_types()
    {
        using var json = JsonDocument.Parse(await ExportAsync(_grant, "json"));
        var rows = json.RootElement;
        Assert.That(rows.GetArrayLength(), Is.EqualTo(3));
        var first = rows[0];
        Assert.That(first.GetProperty("id").GetInt32(), Is.EqualTo(1));
        Assert.That(first.GetProperty("ssn").GetString(), Is.EqualTo("******"));
        Assert.That(first.GetProperty("salary").GetInt32(), Is.EqualTo(1990000));
        Assert.That(first.GetProperty("worth").GetRawText(), Is.EqualTo("12345678901234.5678"));
        Assert.That(first.GetProperty("ratio").GetDouble(), Is.EqualTo(0.5));
        Assert.That(first.GetProperty("vip").ValueKind, Is.EqualTo(_shop.IsPostgres ? JsonValueKind.True : JsonValueKind.Number));
        Assert.That(first.GetProperty("doc").ValueKind, Is.EqualTo(engine == AnyShop.MariaDb ? JsonValueKind.String : JsonValueKind.Object));
        Assert.That(rows[1].GetProperty("email").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(rows[1].GetProperty("ratio").GetDouble(), Is.EqualTo(-1.5e300));
        Assert.That((rows[2].GetProperty("name").GetString(), rows[2].GetProperty("note").GetString()), Is.EqualTo(("", "a\nb\tc\\d,;")));
    }

    [Test]
    public async Task Columns_of_one_name_are_all_there_in_json()
    {
        var grant = await Proxy.GrantAsync("SELECT id, name AS id, born AS id_2 FROM customers WHERE id = 1", new(Export: true));

        Assert.That(Encoding.UTF8.GetString(await ExportAsync(grant, "json")), Is.EqualTo("[\n{\"id\":1,\"id_3\":\"name1\",\"id_2\":\"1969-07-20\"}\n]\n"));
    }

    [Test]
    public async Task Sql_makes_the_same_rows_again()
    {
        const string Columns = "id, name, born, vip, note, doc, photo, worth, ratio, at";
        var grant = await Proxy.GrantAsync($"SELECT {Columns} FROM customers ORDER BY id", new(Export: true));
        _shop.Execute(_shop.IsPostgres ? "CREATE TABLE imported (LIKE customers)" : "CREATE TABLE imported LIKE customers");

        _shop.Execute(Encoding.UTF8.GetString(await ExportAsync(grant, "sql", "--table", "imported")));
        var compared = Columns.Replace("doc", _shop.IsPostgres ? "CAST(doc AS text)" : "CAST(doc AS char)", StringComparison.Ordinal);
        Assert.That(_shop.Count($"SELECT count(*) FROM (SELECT {compared} FROM customers EXCEPT SELECT {compared} FROM imported) x"), Is.Zero);
        Assert.That(_shop.Count("SELECT count(*) FROM imported"), Is.EqualTo(3));
    }

    [Test]
    public async Task Sql_names_the_table_that_the_rows_come_from_and_quotes_a_name_that_would_be_more()
    {
        var usual = Encoding.UTF8.GetString(await ExportAsync(_grant, "sql"));
        Assert.That(usual, Does.Contain(_shop.IsPostgres ? "INSERT INTO \"customers\" (\"id\"," : "INSERT INTO `customers` (`id`,"));
        var hostile = Encoding.UTF8.GetString(await ExportAsync(_grant, "sql", "--table", "a`\"; DROP TABLE b"));
        Assert.That(hostile, Does.Contain(_shop.IsPostgres ? "INSERT INTO \"a`\"\"; DROP TABLE b\" (" : "INSERT INTO `a``\"; DROP TABLE b` ("));
    }

    [Test]
    public async Task Workbook_has_cells_of_their_types_and_no_formula()
    {
        var file = await ExportAsync(_grant, "xlsx");
        var sheet = XDocument.Parse(Encoding.UTF8.GetString(Unpack(file, "xl/worksheets/sheet1.xml")));
        var space = sheet.Root!.Name.Namespace;
        var rows = sheet.Descendants(space + "row").Select(row => row.Elements(space + "c").Select(static c => $"{c.Attribute("t")?.Value}:{c.Value}").ToArray()).ToArray();
        Assert.That(rows, Has.Length.EqualTo(4));
        Assert.That(rows[0][..3], Is.EqualTo(new[] { "inlineStr:id", "inlineStr:name", "inlineStr:ssn" }));
        Assert.That(
            rows[1],
            Is.EqualTo(new[]
            {
                ":1", "inlineStr:name1", "inlineStr:******", "inlineStr:C**************.com", ":1990000", ":25404", _shop.IsPostgres ? "b:1" : ":1", "inlineStr:plain",
                "inlineStr:{\"a\": [1, null]}", _shop.IsPostgres ? "inlineStr:\\x00ff27" : "inlineStr:0x00FF27", "inlineStr:12345678901234.5678", ":0.5", rows[1][12],
            }));
        Assert.That(rows[1][12], Does.StartWith(":46024.127"), "a moment");
        Assert.That(rows[2][7], Is.EqualTo("inlineStr:=1+1"), "a text, whatever it begins with");
        Assert.That(rows[3][3], Is.EqualTo(":"), "NULL is an empty cell");
    }

    [TestCase("csv")]
    [TestCase("json")]
    [TestCase("sql")]
    [TestCase("xlsx")]
    public async Task Masked_values_are_in_no_file_and_the_trail_knows_the_file(string format)
    {
        var file = await ExportAsync(_grant, format);

        var text = Encoding.Latin1.GetString(format == "xlsx" ? [.. Unpack(file, "xl/worksheets/sheet1.xml")] : file);
        foreach (var canary in AnyShop.Canaries)
            Assert.That(text, Does.Not.Contain(canary));

        var records = await Proxy.AuditAsync($"grant={_grant}");
        var exported = records.FindLast(static r => r.Event == "exported")!;
        Assert.That(exported.Detail, Is.EqualTo($"format {format}, sha256 {Convert.ToHexStringLower(SHA256.HashData(file))}"));
        Assert.That((exported.Rows, exported.Bytes, exported.Outcome, exported.User, exported.Database), Is.EqualTo((3L, (long)file.Length, "ok", "alice", "shop/app")));
        Assert.That(records.Exists(r => r.Event == "export_started" && r.Execution == exported.Execution), Is.True);
        Assert.That(records.Find(r => r.Event == "finished" && r.Execution == exported.Execution)!.Masked!.Value, Is.EqualTo(new[] { "ssn", "email", "salary" }));
    }

    [Test]
    public async Task With_unmask_it_comes_in_clear()
    {
        var grant = await Proxy.GrantAsync("SELECT ssn, salary FROM customers WHERE id = 1", new(Unmask: true, Export: true));

        Assert.That(Encoding.UTF8.GetString(await ExportAsync(grant, "csv")), Is.EqualTo("ssn,salary\r\nCANARY-1,1987654\r\n"));
    }

    [Test]
    public async Task Without_export_the_proxy_refuses_it_and_leaves_no_file()
    {
        var grant = await Proxy.GrantAsync("SELECT id FROM customers");
        var file = Path.Combine(Proxy.Folder, "refused.csv");

        var run = await Proxy.CommandAsync("export", $"{grant}", "--format", "csv", "--output", file, "--as", "alice");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("its grant does not include export").And.Contain($"grant {grant}").And.Match("--denied [0-9]+ --export"));
        Assert.That(Directory.GetFiles(Proxy.Folder, "refused*"), Is.Empty);
        Assert.That((await Proxy.AuditAsync($"grant={grant}")).Select(static r => r.Event), Is.EqualTo(new[] { "grant_requested", "grant_approved", "denied" }), "nothing ran");
        Assert.That((await Proxy.AuditAsync("decision=denied")).Exists(static r => r.Statement == "SELECT id FROM customers"), Is.True);
        var other = await Proxy.CommandAsync("export", $"{_grant}", "--format", "csv", "--as", "bob");
        Assert.That((other.ExitCode, other.Error), Is.EqualTo((1, $"jitproxy: grant {_grant} is alice's\n  Only its user may run it.\n")));
    }

    [Test]
    public async Task The_project_closes_exports_and_opens_them_again()
    {
        var plain = await Proxy.GrantAsync("SELECT id, name FROM customers ORDER BY id");
        try
        {
            await _shop.ReconfigureAsync(", data_export: closed");
            Assert.That((await UntilAsync(_grant, static run => run.ExitCode != 0)).Error, Does.Contain("data_export is closed in project store"));
            if (_shop.IsPostgres)
                Assert.That((await Proxy.PsqlAsync("-c", $"COPY ({Everything}) TO STDOUT")).Error, Does.Contain("data_export is closed in project store"));

            await _shop.ReconfigureAsync(", data_export: open");
            await UntilAsync(plain, static run => run.ExitCode == 0);
        }
        finally
        {
            await _shop.ReconfigureAsync("");
            await UntilAsync(plain, static run => run.ExitCode != 0);
        }
    }

    [Test]
    public async Task An_export_has_a_time_of_its_own_and_a_revocation_stops_it_on_the_server()
    {
        const string Endless = "SELECT sum(a.n % 7 + b.n % 5 + c.n % 3) FROM numbers a, numbers b, numbers c";
        var grant = await Proxy.GrantAsync(Endless, new(Export: true));
        try
        {
            var loads = CountLoads();
            await _shop.ReconfigureAsync("", "limits: { statement_timeout: 1s, export_timeout: 3s }");
            await EventuallyAsync(() => CountLoads() > loads);
            Assert.That((await Proxy.RunAsync(grant))[^1].End!.Error, Does.Contain("limits.statement_timeout (00:00:01)"));
            var late = await Proxy.CommandAsync("export", $"{grant}", "--format", "csv", "--as", "alice");
            Assert.That((late.ExitCode, late.Output), Is.EqualTo((1, "")));
            Assert.That(late.Error, Does.Contain("limits.export_timeout (00:00:03)"));
            if (_shop.IsPostgres)
                Assert.That((await Proxy.PsqlAsync("-c", $"COPY ({Endless}) TO STDOUT")).Error, Does.Contain("limits.export_timeout (00:00:03)"));

            var ended = (await Proxy.AuditAsync($"grant={grant}")).FindLast(static r => r.Event == "finished")!;
            Assert.That((ended.Outcome, ended.DurationUs >= 3_000_000), Is.EqualTo(("refused", true)));
        }
        finally
        {
            await _shop.ReconfigureAsync("");
        }

        await UntilAsync(_grant, static run => run.ExitCode == 0);
        var under = Proxy.CommandAsync("export", $"{grant}", "--format", "csv", "--as", "alice");
        await EventuallyAsync(() => _shop.IsRunning("numbers c"));
        await Proxy.RevokeAsync(grant);
        var revoked = Stopwatch.StartNew();
        Assert.That((await under).Error, Does.Contain("its grant was revoked"));
        await EventuallyAsync(() => !_shop.IsRunning("numbers c"));
        TestContext.Out.WriteLine($"stopped {revoked.ElapsedMilliseconds} ms after the revocation");
    }

    [Test]
    public async Task A_file_that_is_there_is_not_replaced_unless_that_is_said()
    {
        var file = Path.Combine(Proxy.Folder, "there.csv");
        await File.WriteAllTextAsync(file, "mine");

        var run = await Proxy.CommandAsync("export", $"{_grant}", "--format", "csv", "--output", file, "--as", "alice");
        Assert.That((run.ExitCode, await File.ReadAllTextAsync(file)), Is.EqualTo((1, "mine")));
        Assert.That(run.Error, Does.Contain("is there already").And.Contain("--force"));

        run = await Proxy.CommandAsync("export", $"{_grant}", "--format", "csv", "--output", file, "--as", "alice", "--force", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Text);
        using var answer = JsonDocument.Parse(run.Output);
        var bytes = await File.ReadAllBytesAsync(file);
        Assert.That(answer.RootElement.GetProperty("sha256").GetString(), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(bytes))));
        Assert.That((answer.RootElement.GetProperty("rows").GetInt32(), answer.RootElement.GetProperty("bytes").GetInt64()), Is.EqualTo((3, (long)bytes.Length)));
        Assert.That(File.Exists(file + ".part"), Is.False);
        if (!OperatingSystem.IsWindows())
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    private async Task<byte[]> ExportAsync(long grant, string format, params string[] more)
    {
        var file = Path.Combine(Proxy.Folder, $"{Guid.NewGuid():N}.{format}");
        var run = await Proxy.CommandAsync(["export", $"{grant}", "--format", format, "--output", file, "--as", "alice", .. more]);
        Assert.That(run.ExitCode, Is.Zero, run.Text);
        return await File.ReadAllBytesAsync(file);
    }

    private async Task<ProcessRun> UntilAsync(long grant, Func<ProcessRun, bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var run = await Proxy.CommandAsync("export", $"{grant}", "--format", "csv", "--output", Path.Combine(Proxy.Folder, "again.csv"), "--force", "--as", "alice");
            if (isSo(run))
                return run;

            await Task.Delay(200, patience.Token);
        }
    }

    private int CountLoads() => Proxy.ReadLog().Split("is in force").Length;

    private static async Task EventuallyAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!isSo())
            await Task.Delay(20, patience.Token);
    }

    private static byte[] Unpack(byte[] file, string name)
    {
        using var zip = new ZipArchive(new MemoryStream(file));
        using var entry = zip.GetEntry(name)!.Open();
        using var all = new MemoryStream();
        entry.CopyTo(all);
        return all.ToArray();
    }
}
