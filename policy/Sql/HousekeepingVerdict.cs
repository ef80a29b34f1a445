using JitProxy.Policy.Grants;

namespace JitProxy.Policy.Sql;

/// <summary>What a statement is to the session that a driver or tool keeps (DESIGN section 5).</summary>
public enum HousekeepingAction : byte
{
    /// <summary>Nothing of the kind: grants decide.</summary>
    NotHousekeeping = 0,

    /// <summary>Nothing but blanks and comments: a ping.</summary>
    Empty,

    /// <summary>Reads the catalogue, constants or a setting. With a setting in the verdict, it changes that one, too (<c>set_config</c>).</summary>
    Read,

    /// <summary>Changes a setting, or all of them; no value means back to what the session started with.</summary>
    Set,

    /// <summary>BEGIN, COMMIT, SAVEPOINT and their like; the setting is the command's word, the value what was said about writing.</summary>
    Transaction,

    /// <summary>DISCARD ALL and DEALLOCATE ALL: prepared statements go. With a setting in the verdict, all settings go back as well.</summary>
    Discard,

    /// <summary>DEALLOCATE of one prepared statement; the setting is its name.</summary>
    Deallocate,

    /// <summary>CLOSE, UNLISTEN and other words that clear session state.</summary>
    Other,

    /// <summary>Never allowed.</summary>
    Refuse,

    /// <summary>MySQL: USE; the setting is the database's name. Another database has other grants.</summary>
    UseDatabase,

    /// <summary>MySQL: KILL; the setting is <c>query</c> or <c>connection</c>, the value the session's number. Everybody may end their own.</summary>
    Kill,

    /// <summary>MySQL: SHOW WARNINGS and SHOW ERRORS, whose texts may hold values of the statement before.</summary>
    ShowWarnings,
}

/// <summary>The answer of <see cref="Housekeeping"/>.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Reason">The reason of a refusal; otherwise Unspecified.</param>
/// <param name="Why">The refusal as a sentence for people.</param>
/// <param name="Setting">
/// The setting, prepared statement or database that it is about, settings in lower case; <see cref="AllSettings"/> for all of them.
/// </param>
/// <param name="Value">The setting's new value, several joined by comma and blank; null for its default.</param>
public readonly record struct HousekeepingVerdict(HousekeepingAction Action, DenyReason Reason, string? Why, string? Setting, string? Value)
{
    /// <summary>True if it calls a function that tells about its connection to the server, or that depends on what ran there before.</summary>
    public bool IsAboutConnection { get; init; }

    /// <summary>Stands for every setting; ALL is a reserved word, so none is called that.</summary>
    public const string AllSettings = "all";

    /// <summary>The value of a transaction that is begun READ ONLY.</summary>
    public const string ReadOnly = "read only";

    /// <summary>The value of a transaction that is begun READ WRITE, and the setting of the refusal of one.</summary>
    public const string ReadWrite = "read write";
}
