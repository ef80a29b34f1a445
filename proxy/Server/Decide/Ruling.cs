using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Decide;

/// <summary>What becomes of one statement.</summary>
internal enum RulingKind : byte
{
    /// <summary>It is refused; the default value.</summary>
    Refused = 0,

    /// <summary>A grant holds it: the approved text runs.</summary>
    Granted,

    /// <summary>A rule lets it run without a grant: the session's own chatter, or a read of the catalogue.</summary>
    Housekeeping,

    /// <summary>The proxy answers it itself.</summary>
    Local,
}

/// <summary>The decision about one statement of one session, with everything that carrying it out needs.</summary>
internal sealed class Ruling
{
    private Ruling(RulingKind kind) => Kind = kind;

    /// <summary>What becomes of the statement.</summary>
    public RulingKind Kind { get; }

    /// <summary>The permit; not null if and only if <see cref="Kind"/> is Granted.</summary>
    public Permit? Permit { get; private init; }

    /// <summary>What the approved statement reads and returns, with the mask plans made for it.</summary>
    public AnalyzedStatement? Analyzed { get; private init; }

    /// <summary>The text that goes upstream: the approved one, or the client's own for housekeeping.</summary>
    public byte[] Text { get; private init; } = [];

    /// <summary>The catalogue that the rule judged by; null unless it did.</summary>
    public Catalogue? Catalogue { get; private init; }

    /// <summary>The rule's verdict, for housekeeping and what is answered here.</summary>
    public HousekeepingVerdict Verdict { get; private init; }

    /// <summary>The command to the proxy that the statement is; null unless <see cref="Kind"/> is Local.</summary>
    public JitCommand? Command { get; private init; }

    /// <summary>How the client wants the rows copied out; null unless it sent <c>COPY (statement) TO STDOUT</c>.</summary>
    public CopyExport? Copy { get; private init; }

    /// <summary>Why not; null unless refused.</summary>
    public Refusal? Refusal { get; private init; }

    /// <summary>What records of it keep; null as long as nobody has decided, and then they keep no value.</summary>
    public Recording? Recording { get; set; }

    /// <summary>The number of the role grant that it runs under, if that role may write.</summary>
    public long? WriterRole { get; private init; }

    /// <summary>True if it changes data or definitions: a role let it.</summary>
    public bool Writes => Analyzed is { Analysis.Changes.IsEmpty: false };

    /// <summary>True if it changes what names mean.</summary>
    public bool DefinesNames => Analyzed is { Analysis.Kind: StatementKind.Ddl };

    /// <summary>True for a rule's word on BEGIN, COMMIT and their like.</summary>
    public bool IsTransaction => Kind == RulingKind.Housekeeping && Verdict.Action == HousekeepingAction.Transaction;

    /// <summary>True if it begins a transaction that may write if anybody lets it.</summary>
    public bool Begins => IsTransaction && Verdict is { Setting: "BEGIN", Value: not HousekeepingVerdict.ReadOnly };

    /// <summary>True if it undoes what a transaction did.</summary>
    public bool EndsWithoutTrace => IsTransaction && Verdict.Setting is "ROLLBACK" or "ABORT";

    /// <summary>The grant that stands behind the statement, if one does.</summary>
    public long? Grant => Permit?.Grant.Id;

    /// <summary>The client may run what the permit says.</summary>
    /// <param name="permit">The permit.</param>
    /// <param name="analyzed">What is known of the statement.</param>
    /// <param name="mayWrite">True if the permit is that of a role that may write.</param>
    public static Ruling Granted(Permit permit, AnalyzedStatement analyzed, bool mayWrite = false) =>
        new(RulingKind.Granted) { Permit = permit, Analyzed = analyzed, Text = permit.ApprovedText, WriterRole = mayWrite ? permit.Grant.Id : null };

    /// <summary>The same, with the rows copied out.</summary>
    public Ruling CopiedOut(CopyExport copy) => new(Kind) { Permit = Permit, Analyzed = Analyzed, Text = Text, Copy = copy };

    /// <summary>The statement runs by rule.</summary>
    public static Ruling ByRule(in HousekeepingVerdict verdict, byte[] text, Catalogue catalogue) =>
        new(RulingKind.Housekeeping) { Verdict = verdict, Text = text, Catalogue = catalogue };

    /// <summary>The proxy answers.</summary>
    public static Ruling AnsweredHere(in HousekeepingVerdict verdict) => new(RulingKind.Local) { Verdict = verdict };

    /// <summary>The proxy does as it is told.</summary>
    public static Ruling Told(JitCommand command) => new(RulingKind.Local) { Command = command };

    /// <summary>The statement does not run.</summary>
    public static Ruling Refused(Refusal refusal) => new(RulingKind.Refused) { Refusal = refusal };
}
