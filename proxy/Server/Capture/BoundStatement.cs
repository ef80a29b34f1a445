using JitProxy.Policy.Masking;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;

namespace JitProxy.Server.Capture;

/// <summary>A statement with its parameters: what one run of rows belongs to.</summary>
internal abstract class BoundStatement(CapturedStatement captured)
{
    private readonly Ruling _first = captured.Ruling;

    /// <summary>The statement that was bound.</summary>
    public CapturedStatement Captured { get; } = captured;

    /// <summary>The decision under which it was bound.</summary>
    public Ruling Ruling { get; protected set; } = captured.Ruling;

    /// <summary>The parameters as the audit trail keeps them; empty if there are none.</summary>
    public byte[] Parameters { get; init; } = [];

    /// <summary>The same, unless another rule of redaction holds since they were encoded: then nothing of them is recorded.</summary>
    public ReadOnlySpan<byte> RecordedParameters =>
        ReferenceEquals(Ruling, _first) || Ruling.Recording?.Redaction.Parameters == _first.Recording?.Redaction.Parameters ? Parameters : default;

    /// <summary>What becomes of each column; null until the shape is known.</summary>
    public MaskPlan? Plan { get; set; }

    /// <summary>The execution, once it is recorded; a result that is fetched in pages has one.</summary>
    public Running? Running { get; set; }
}
