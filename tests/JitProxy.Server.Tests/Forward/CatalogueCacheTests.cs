using JitProxy.Policy.Sql;
using JitProxy.Server.Forward;
using JitProxy.Server.Tests.Decide;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Forward;

internal sealed class CatalogueCacheTests
{
    private const string Database = "shop/app";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly SettableClock _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private CatalogueCache _cache = null!;
    private Catalogue _names = null!;
    private string? _print;
    private Exception? _fault;
    private int _reads;
    private int _probes;

    [SetUp]
    public void SetUp()
    {
        (_print, _fault, _reads, _probes) = ("1", null, 0, 0);
        _names = Names("a");
        _cache = new(ReadAsync, _clock, ProbeAsync);
    }

    [TearDown]
    public void TearDown() => _cache.Dispose();

    [Test]
    public async Task What_is_known_is_not_asked_for_again_within_the_interval()
    {
        var first = await GetAsync();
        _clock.Now += CatalogueCache.Interval;

        Assert.That(await GetAsync(), Is.SameAs(first));
        Assert.That((_reads, _probes), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task A_connect_after_the_interval_probes_and_reads_only_what_changed()
    {
        var first = await GetAsync();
        Later();
        Assert.That(await GetAsync(), Is.SameAs(first));
        Assert.That((_reads, _probes), Is.EqualTo((1, 2)));

        (_print, _names) = ("2", Names("b"));
        Later();
        Assert.That(await GetAsync(), Is.SameAs(_names));
        Assert.That(_cache.Find(Database), Is.SameAs(_names));
    }

    [Test]
    public async Task What_says_the_same_again_stays_the_same()
    {
        var first = await GetAsync();
        (_print, _names) = ("2", Names("a"));
        Later();

        Assert.That(await GetAsync(), Is.SameAs(first));
        Assert.That(_reads, Is.EqualTo(2));
    }

    [Test]
    public async Task What_is_in_use_is_looked_at_in_the_background()
    {
        await GetAsync();
        (_print, _names) = ("2", Names("b"));
        Later();
        _cache.VerifySoon();
        Assert.That(_probes, Is.EqualTo(1), "nobody is connected");

        using (_cache.Use(Database))
        {
            _cache.VerifySoon();
            await UntilAsync(() => ReferenceEquals(_cache.Find(Database), _names));
        }

        Later();
        var probes = _probes;
        _cache.VerifySoon();
        Assert.That(_probes, Is.EqualTo(probes), "nobody is connected any more");
    }

    [Test]
    public async Task A_server_that_does_not_answer_is_believed_for_a_while_and_not_for_ever()
    {
        var first = await GetAsync();
        using var use = _cache.Use(Database);
        var failures = new List<string>();
        _cache.Failed += failures.Add;
        _fault = new CatalogueFaultException(new("the server is gone"));
        Later();
        _cache.VerifySoon();
        await UntilAsync(() => failures.Count == 1);
        Assert.That(failures[0], Does.Contain("the server is gone"));
        Assert.That(_cache.Find(Database), Is.SameAs(first));

        _clock.Now += CatalogueCache.AgeMax;
        _cache.VerifySoon();
        await UntilAsync(() => failures.Count == 2);
        Assert.That(_cache.Find(Database), Is.Null);

        _fault = null;
        _cache.VerifySoon();
        await UntilAsync(() => _cache.Find(Database) is not null);
        Assert.That(_cache.Find(Database), Is.SameAs(first), "it says the same as before");
    }

    [Test]
    public async Task A_connect_hears_that_the_server_does_not_answer()
    {
        await GetAsync();
        _fault = new CatalogueFaultException(new("the server is gone"));
        Later();

        Assert.That(GetAsync, Throws.InstanceOf<CatalogueFaultException>());
    }

    [Test]
    public async Task Without_a_probe_all_is_read_when_it_is_old()
    {
        _print = null;
        await GetAsync();
        _clock.Now += CatalogueCache.AgeMax;
        await GetAsync();
        Assert.That(_reads, Is.EqualTo(1));

        Later();
        await GetAsync();
        Assert.That(_reads, Is.EqualTo(2));
    }

    [Test]
    public async Task A_request_hears_of_what_changed_a_moment_ago()
    {
        await GetAsync();
        (_print, _names) = ("2", Names("b"));

        Assert.That(await _cache.RefreshAsync(Database, CancellationToken.None), Is.SameAs(_names));
    }

    [Test]
    public async Task Databases_that_do_not_exist_are_not_remembered()
    {
        _fault = new CatalogueFaultException(new("there is no such database"));
        for (var i = 0; i < 3; i++)
            Assert.That(GetAsync, Throws.InstanceOf<CatalogueFaultException>());
        _fault = null;

        Assert.That(await GetAsync(), Is.SameAs(_names));
    }

    [Test]
    public async Task Former_names_are_remembered_through_changes_and_failures()
    {
        await GetAsync();
        (_print, _names) = ("2", Names("b"));
        Later();
        await GetAsync();
        (_print, _names) = ("3", Names("c"));
        Later();
        var last = await GetAsync();

        Assert.That(last.FindFormerNames(new("public", "c", "x")), Is.EqualTo(new SourceColumn[] { new("public", "a", "x"), new("public", "b", "x") }));
    }

    [Test]
    public async Task Many_that_come_at_once_ask_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(GetAsync)));

        Assert.That((_reads, _probes), Is.EqualTo((1, 1)));
    }

    private static Catalogue Names(string table) =>
        new(SqlDialect.PostgreSql, ["public"], [new() { Oid = 20001, Schema = "public", Name = table, Columns = [new(1, "x", "text", 25)] }], []);

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var slow = new CancellationTokenSource(Soon);
        while (!isSo())
            await Task.Delay(1, slow.Token);
    }

    private void Later() => _clock.Now += CatalogueCache.Interval + TimeSpan.FromMilliseconds(1);

    private Task<Catalogue> GetAsync() => _cache.GetAsync(Database, CancellationToken.None).AsTask();

    private Task<Catalogue> ReadAsync(string database, CancellationToken stop)
    {
        Interlocked.Increment(ref _reads);
        return _fault is null ? Task.FromResult(_names) : Task.FromException<Catalogue>(_fault);
    }

    private Task<string?> ProbeAsync(string database, CancellationToken stop)
    {
        Interlocked.Increment(ref _probes);
        return _fault is null ? Task.FromResult(_print) : Task.FromException<string?>(_fault);
    }
}
