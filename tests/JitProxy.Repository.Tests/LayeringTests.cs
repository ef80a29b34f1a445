using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using NUnit.Framework;

namespace JitProxy.Repository.Tests;

/// <summary>Arrows point down only: bench, tests -> Server -> Storage -> Policy, and Server -> Wire.</summary>
[TestFixture]
internal sealed class LayeringTests
{
    [TestCase("JitProxy.Policy")]
    [TestCase("JitProxy.Wire")]
    [TestCase("JitProxy.Storage", "JitProxy.Policy")]
    [TestCase("JitProxy.Server", "JitProxy.Policy", "JitProxy.Storage", "JitProxy.Wire")]
    public void Assembly_refers_to_lower_layers_only(string assembly, params string[] lower)
    {
        var references = Assembly.Load(assembly).GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("JitProxy.", StringComparison.Ordinal));
        Assert.That(references, Is.SubsetOf(lower));
    }

    [TestCase("policy/JitProxy.Policy.csproj")]
    [TestCase("proxy/Wire/JitProxy.Wire.csproj")]
    [TestCase("storage/JitProxy.Storage.csproj", "JitProxy.Policy")]
    [TestCase("proxy/Server/JitProxy.Server.csproj", "JitProxy.Policy", "JitProxy.Storage", "JitProxy.Wire")]
    [TestCase("bench/JitProxy.Bench.csproj", "JitProxy.Policy", "JitProxy.Server", "JitProxy.Storage", "JitProxy.Wire")]
    public void Project_refers_to_lower_layers_only(string project, params string[] lower)
    {
        var references = XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.That(references, Is.SubsetOf(lower));
    }

    [Test]
    public void Nothing_but_tests_refers_to_tests_or_bench()
    {
        foreach (var project in Repository.Projects.Where(p => !p.StartsWith("tests/", StringComparison.Ordinal)))
        {
            var references = XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference").Select(r => r.Attribute("Include")!.Value);
            Assert.That(references, Has.None.Contains("tests").And.None.Contains("Bench"), project);
        }
    }

    // What a layer must not know, by the names of the platform's types that it would have to use.
    [TestCase("JitProxy.Policy", "System.IO.File", "System.IO.FileStream", "System.IO.Directory", "System.TimeProvider", "System.Threading.Tasks.Task", "System.Console")]
    [TestCase("JitProxy.Wire", "System.IO.File", "System.IO.FileStream", "System.TimeProvider", "System.Console")]
    public void Layer_uses_no_input_output_and_no_clock(string assembly, params string[] banned)
    {
        Assert.That(NamesUsed(assembly), Has.Member("System.Object"), "the metadata was read");
        Assert.That(NamesUsed(assembly).Intersect(banned), Is.Empty);
    }

    [TestCase("JitProxy.Policy")]
    [TestCase("JitProxy.Wire")]
    [TestCase("JitProxy.Storage")]
    public void Layer_uses_no_sockets(string assembly) =>
        Assert.That(NamesUsed(assembly).Where(n => n.StartsWith("System.Net", StringComparison.Ordinal)), Is.Empty);

    private static HashSet<string> NamesUsed(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Assembly.Load(assembly).Location));
        var metadata = file.GetMetadataReader();
        return [.. metadata.TypeReferences.Select(metadata.GetTypeReference).Select(t => $"{metadata.GetString(t.Namespace)}.{metadata.GetString(t.Name)}")];
    }
}
