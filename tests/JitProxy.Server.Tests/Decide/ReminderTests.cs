using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Decide;

/// <summary>Who has a role is told before it ends, early enough to have it prolonged.</summary>
public sealed class ReminderTests
{
    private DeskFixture _at = null!;

    [SetUp]
    public void Start() => _at = new();

    [TearDown]
    public void Stop() => _at.Dispose();

    [Test]
    public async Task Role_grants_are_spoken_of_two_days_and_two_hours_before_their_end()
    {
        var grant = await RoleAsync(TimeSpan.FromDays(7));
        var due = new List<TimeSpan?>();
        foreach (var hours in (double[])[100, 119.9, 120.1, 165.9, 166.1, 168])
        {
            _at.Clock.Now = grant.ApprovedAt!.Value + TimeSpan.FromHours(hours);
            due.Add(_at.Desk.Reminders.FindDue(grant));
        }

        Assert.That(due, Is.EqualTo(new TimeSpan?[] { null, null, TimeSpan.FromDays(2), TimeSpan.FromDays(2), TimeSpan.FromHours(2), null }));
    }

    [Test]
    public async Task Reminder_names_the_grant_its_end_and_what_to_do()
    {
        var grant = await RoleAsync(TimeSpan.FromHours(5));
        Assert.That(_at.Desk.Reminders.AllOf("alice"), Is.Empty);
        _at.Clock.Now += TimeSpan.FromHours(3.5);

        Assert.That(
            _at.Desk.Reminders.AllOf("alice").Single(),
            Is.EqualTo($"role grant {grant.Id} (sql-editor-user on shop/app) ends at 2026-03-01T17:00:00Z. To prolong it: jitproxy extend {grant.Id} --expires 4h"));
        Assert.That(_at.Desk.Reminders.AllOf("bob"), Is.Empty, "it is nobody else's");
    }

    [Test]
    public async Task Who_asked_for_more_time_is_left_alone()
    {
        var grant = await RoleAsync(TimeSpan.FromHours(5));
        _at.Clock.Now += TimeSpan.FromHours(3.5);
        DeskFixture.Done(await _at.Desk.ExtendAsync(grant.Id, new("alice"), TimeSpan.FromHours(8), default));

        Assert.That(_at.Desk.Reminders.AllOf("alice"), Is.Empty);
    }

    [Test]
    public async Task Statement_grants_and_short_ones_are_not_spoken_of()
    {
        await _at.ActiveAsync(DeskFixture.Wish() with { Duration = TimeSpan.FromDays(5) });
        await RoleAsync(TimeSpan.FromHours(3.9));
        _at.Clock.Now += TimeSpan.FromHours(3.5);

        Assert.That(_at.Desk.Reminders.AllOf("alice"), Is.Empty);
    }

    [TestCase("[]", 0)]
    [TestCase("[30m]", 1)]
    public async Task Configuration_names_the_times(string times, int count)
    {
        using var at = new DeskFixture(DeskFixture.Yaml.Replace("approval:\n", $"approval:\n  reminders: {times}\n", StringComparison.Ordinal));
        var grant = DeskFixture.Done(await at.AskAsync(Wish(TimeSpan.FromHours(4))));
        DeskFixture.Done(at.Desk.Approve(grant.Id, new("bob"), ApprovalTerms.AsRequested));
        at.Clock.Now += TimeSpan.FromHours(3);
        Assert.That(at.Desk.Reminders.AllOf("alice"), Is.Empty);
        at.Clock.Now += TimeSpan.FromMinutes(31);
        Assert.That(at.Desk.Reminders.AllOf("alice").Count(), Is.EqualTo(count));
    }

    private static GrantWish Wish(TimeSpan duration) =>
        DeskFixture.Wish() with { Kind = GrantKind.Role, Statement = null, Role = "sql-editor-user", Duration = duration };

    private Task<Grant> RoleAsync(TimeSpan duration) => _at.ActiveAsync(Wish(duration));
}
