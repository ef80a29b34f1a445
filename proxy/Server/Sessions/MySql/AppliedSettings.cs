using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>What a session has set so far, as the statements that set it: run in this order, they make another session its like.</summary>
internal sealed class AppliedSettings
{
    /// <summary>Longer histories are not followed; drivers send a statement or two.</summary>
    private const int SizeMax = 2048;

    private readonly List<string> _statements = [];
    private int _size;

    /// <summary>False once something was set that statements cannot make again elsewhere.</summary>
    public bool IsKnown { get; private set; } = true;

    /// <summary>The statements as one text: equal for sessions that are alike.</summary>
    public string Key { get; private set; } = "";

    /// <summary>The statements in order.</summary>
    public string[] Statements => [.. _statements];

    /// <summary>The server carried a statement out.</summary>
    public void Note(MySqlRun run)
    {
        if (run.Ruling is not { Kind: RulingKind.Housekeeping, Verdict.Action: HousekeepingAction.Set or HousekeepingAction.Other } ruling)
            return;

        var text = Encoding.UTF8.GetString(ruling.Text);

        // SET TRANSACTION is for the next transaction only.
        if (ruling.Verdict.Action == HousekeepingAction.Other || _size + text.Length > SizeMax || Settings.MayChangeTracking(run)
            || text.Contains("transaction", StringComparison.OrdinalIgnoreCase))
        {
            IsKnown = false;
            return;
        }

        // Drivers send the same again for every user of a pooled connection.
        if (_statements.Count > 0 && _statements[^1] == text)
            return;

        _statements.Add(text);
        _size += text.Length;
        Key = string.Join('\0', _statements);
    }

    /// <summary>The session is as new.</summary>
    public void Forget()
    {
        _statements.Clear();
        (_size, Key, IsKnown) = (0, "", true);
    }
}
