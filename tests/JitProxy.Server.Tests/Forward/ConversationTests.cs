using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Forward;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ConversationTests
{
    private static readonly SessionIdentity Who = new("alice", "10.0.0.1:5000", "shop", "app", SqlDialect.PostgreSql);

    private readonly Conversation _conversation = new();

    [Test]
    public void Answers_are_due_in_the_order_in_which_they_were_asked_for()
    {
        for (var i = 0; i < 100; i++)
            _conversation.Expect(new(i % 2 == 0 ? Expected.ParseComplete : Expected.Ready, true));

        for (var i = 0; i < 100; i++)
        {
            Assert.That(_conversation.TryPeek(out var pending), Is.True);
            Assert.That(pending.Expected, Is.EqualTo(i % 2 == 0 ? Expected.ParseComplete : Expected.Ready));
            _conversation.Settle();
        }

        Assert.That(_conversation.Owed, Is.Zero);
    }

    [Test]
    public void An_error_takes_everything_up_to_the_next_sync_with_it()
    {
        _conversation.Expect(new(Expected.ParseComplete, true));
        _conversation.Expect(new(Expected.BindComplete, true));
        _conversation.Expect(new(Expected.Ready, true));
        _conversation.Expect(new(Expected.CloseComplete, true));

        _conversation.FailUntilSync();

        Assert.That(_conversation.TryPeek(out var pending), Is.True);
        Assert.That(pending.Expected, Is.EqualTo(Expected.Ready));
        Assert.That(_conversation.Owed, Is.EqualTo(2));
        Assert.That(_conversation.IsSkipping, Is.False);
    }

    [Test]
    public void After_an_error_what_is_sent_before_the_sync_is_owed_no_answer()
    {
        _conversation.Expect(new(Expected.ParseComplete, true));
        _conversation.FailUntilSync();
        Assert.That(_conversation.IsSkipping, Is.True);

        _conversation.Expect(new(Expected.BindComplete, true));
        Assert.That(_conversation.Owed, Is.Zero);

        _conversation.Expect(new(Expected.Ready, true));
        Assert.That(_conversation.Owed, Is.EqualTo(1));
        Assert.That(_conversation.IsSkipping, Is.False);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_statement_whose_parse_was_skipped_does_not_exist(bool isUpstream)
    {
        var statement = new ClientStatement(Who, [], [], Ruling.AnsweredHere(default));
        var upstream = new UpstreamStatement("a"u8.ToArray(), "select 1"u8.ToArray()) { ParsedFor = statement };
        _conversation.Expect(new(Expected.BindComplete, true));
        _conversation.Expect(isUpstream ? new(Expected.ParseComplete, true, upstream, statement.CountParse()) : new(Expected.Local, true, statement, statement.CountParse()));

        _conversation.FailUntilSync();

        Assert.That(statement.IsMissing, Is.True);
        Assert.That(upstream.IsLost, Is.EqualTo(isUpstream));
    }

    [Test]
    public void A_statement_that_was_parsed_again_before_the_error_came_exists()
    {
        var statement = new ClientStatement(Who, [], [], Ruling.AnsweredHere(default));
        _conversation.Expect(new(Expected.BindComplete, true));
        _conversation.Expect(new(Expected.Local, true, statement, statement.CountParse()));
        _conversation.Expect(new(Expected.Ready, true));
        _conversation.Expect(new(Expected.Local, true, statement, statement.CountParse()));

        _conversation.FailUntilSync();

        Assert.That(statement.IsMissing, Is.False);
    }

    [Test]
    public void A_statement_of_our_own_that_was_skipped_is_not_missed_by_the_client()
    {
        var statement = new ClientStatement(Who, [], [], Ruling.AnsweredHere(default));
        var upstream = new UpstreamStatement("a"u8.ToArray(), "select 1"u8.ToArray()) { ParsedFor = statement };
        statement.CountParse();
        _conversation.Expect(new(Expected.BindComplete, true));
        _conversation.Expect(new(Expected.ParseComplete, false, upstream));

        _conversation.FailUntilSync();

        Assert.That(statement.IsMissing, Is.False);
        Assert.That(upstream.IsLost, Is.True);
    }

    [Test]
    public void Whoever_waits_for_all_answers_is_let_go_by_the_last_one()
    {
        _conversation.Expect(new(Expected.Ready, true));
        var drained = _conversation.WhenDrained();
        Assert.That(drained.IsCompleted, Is.False);

        _conversation.Settle();

        Assert.That(async () => await drained.WaitAsync(TimeSpan.FromSeconds(30)), Throws.Nothing);
    }

    [Test]
    public void Whoever_waits_is_let_go_when_the_session_ends()
    {
        _conversation.Expect(new(Expected.Ready, true));
        var drained = _conversation.WhenDrained();

        _conversation.Abandon("over");

        Assert.That(async () => await drained.WaitAsync(TimeSpan.FromSeconds(30)), Throws.Nothing);
        Assert.That(_conversation.Owed, Is.Zero);
    }
}
