using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary><c>jitproxy run</c>, which goes through a session of its own inside the proxy.</summary>
[TestFixture]
internal sealed class RunTests
{
    [Test]
    public async Task It_says_which_columns_are_masked_and_how()
    {
        var lines = await Shared.Proxy.RunAsync(Shared.Grant);

        Assert.That(
            lines[0].Columns!.Value.Select(static c => $"{c.Name}: {c.Mask ?? "in clear"}"),
            Is.EqualTo(new[] { "id: in clear", "name: in clear", "ssn: full", "email: inner_outer", "salary: round", "born: date_trunc" }));
        Assert.That(lines[1].Row!.Value, Is.EqualTo(new[] { "1", "name1", "******", "C****************mple", "1987650000", "1960-01-01" }));
        Assert.That(lines[^1].End, Is.EqualTo(new JitProxy.Server.Admin.Contract.RunEnd(2)));
    }

    [Test]
    public async Task With_unmask_nothing_is()
    {
        var grant = await Shared.Proxy.GrantAsync("SELECT ssn FROM customers WHERE id = 1", new(Unmask: true));

        Assert.That((await Shared.Proxy.RunAsync(grant))[0].Columns!.Value.Select(static c => c.Mask), Is.EqualTo(new string?[] { null }));
    }

    [Test]
    public async Task An_error_is_how_it_ends()
    {
        var grant = await Shared.Proxy.GrantAsync("SELECT 1 / (id - 1) FROM orders");

        var end = (await Shared.Proxy.RunAsync(grant))[^1].End;
        Assert.That(end!.Error, Does.Contain("division by zero"));
    }
}
