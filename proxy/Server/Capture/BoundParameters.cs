using JitProxy.Server.Decide;
using JitProxy.Storage.Audit;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Capture;

/// <summary>Encodes the parameters of a Bind as the audit trail keeps them: in clear, hashed, or not at all.</summary>
internal sealed class BoundParameters(ParameterEncoder encoder)
{
    /// <summary>The encoded values; empty if there are none.</summary>
    /// <param name="bind">The message.</param>
    /// <param name="recording">What is kept of them.</param>
    public byte[] Encode(in PgBind bind, Recording? recording)
    {
        if (bind.Parameters.Count == 0)
            return [];

        encoder.Keeps = (recording ?? Recording.Undecided).Redaction.Parameters;
        var index = 0;
        foreach (var parameter in bind.Parameters)
        {
            if (parameter.IsNull)
                encoder.AddNull();
            else if (bind.ParameterFormats.FormatOf(index) == 0)
                encoder.AddText(parameter.Bytes);
            else
                encoder.AddBinary(parameter.Bytes);

            index++;
        }

        return encoder.Encoded.ToArray();
    }
}
